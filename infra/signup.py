#!/usr/bin/env python3
"""# Signup
Posts a signed request to a deployed stack, as a signup form would: `make signup STACK=posthorse-dev BODY=my-signup.json`.

    infra/signup.py STACK BODY [ID]      ID: webhook-id; the same again names the same migration

Needs the AWS command line with rights to describe the stack and read its webhook secret. Nothing secret is an argument of
a process. Exit: 0 accepted, 1 refused, 2 usage.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid


def asked(*arguments):
    """What the AWS command line answers, as JSON."""
    try:
        told = subprocess.run(["aws", *arguments, "--output", "json"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SystemExit("signup.py: the AWS command line (aws) is not installed") from None
    if told.returncode != 0:
        raise SystemExit(f"signup.py: {told.stderr.strip()}")
    return json.loads(told.stdout)


def outputs(stack):
    described = asked("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def signature(secret, name, moment, body):
    """As Standard Webhooks asks: HMAC-SHA256 over id, time and body, with the secret's octets."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    digest = hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def post(url, secret, name, body):
    moment = str(int(time.time()))
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": moment,
        "webhook-signature": signature(secret, name, moment, body),
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def main(arguments):
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    stack, file = arguments[0], pathlib.Path(arguments[1])
    name = arguments[2] if len(arguments) == 3 else f"msg_{uuid.uuid4().hex}"
    made = outputs(stack)
    secret = json.loads(asked("secretsmanager", "get-secret-value", "--secret-id", made["WebhookSecret"])["SecretString"])
    status, text = post(made["IntakeUrl"], secret["current"], name, file.read_bytes())
    print(f"webhook-id {name}: {status} {text}")
    return 0 if status == 202 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
