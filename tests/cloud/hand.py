"""# Hand
The tests' hand in the emulated AWS: one JSON object per line in, one per line out.

    {"service": "lambda", "call": "invoke", "with": {…}}    any call of boto3, with its own parameters
    {"service": "posthorse", "call": "deploy", "with": {"stack": …, "binaries": DIR, "parameters": {…}}}

The answer is {"ok": result} or {"error": code, "message": text}. AWS_ENDPOINT_URL says where the emulator is.
"""

import base64
import datetime
import io
import json
import os
import pathlib
import stat
import sys
import time
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import translate

FUNCTIONS = ["intake", "plan", "copy", "verify", "sweep"]
CLIENTS = {}


def client(service):
    if service not in CLIENTS:
        config = Config(retries={"max_attempts": 1}, read_timeout=120, s3={"addressing_style": "path"})
        CLIENTS[service] = boto3.client(service, config=config)
    return CLIENTS[service]


def plain(value):
    """JSON knows neither octets nor times."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, (bytes, bytearray)):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode()}
    return value


def packed(binary):
    """A deployment package: the program as `bootstrap`. Stored, not compressed: it goes to the next process only."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = (stat.S_IFREG | 0o755) << 16
        package.writestr(entry, binary.read_bytes())
    return out.getvalue()


def without_tls(template):
    """The emulator speaks plain HTTP and obeys the policies that forbid it; rules.py holds the template to them."""
    for name in ("ArchivePolicy", "QueuePolicy"):
        del template["Resources"][name]
    return template


def deploy(stack, binaries, parameters):
    """Creates the stack from the project's template and these binaries; gives outputs and physical ids."""
    bucket = f"{stack}-code"
    client("s3").create_bucket(Bucket=bucket)
    for name in FUNCTIONS:
        client("s3").put_object(Bucket=bucket, Key=f"{name}.zip", Body=packed(pathlib.Path(binaries) / name))
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(without_tls(translate.translated(bucket))),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    for _ in range(600):
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if not described["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(0.1)
    if described["StackStatus"] != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        failed = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in events
                  if event["ResourceStatus"].endswith("FAILED")]
        raise RuntimeError(f"{described['StackStatus']}: {failed}")
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    return {
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]},
        "resources": {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources},
    }


def done(order):
    service, call, arguments = order["service"], order["call"], order.get("with", {})
    if service == "posthorse":
        return {"deploy": deploy}[call](**arguments)
    return plain(getattr(client(service), call)(**arguments))


def main():
    for line in sys.stdin:
        try:
            answer = {"ok": done(json.loads(line))}
        except ClientError as error:
            answer = {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
        except Exception as error:  # whatever it is, the test has to read it
            answer = {"error": type(error).__name__, "message": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    main()
