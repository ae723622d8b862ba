"""# Hand
The tests' hand in the emulated AWS: one JSON object per line in, one per line out.

    {"service": "lambda", "call": "invoke", "with": {…}}    any call of boto3, with its own parameters
    {"service": "posthorse", "call": "deploy", "with": {"stack": …, "binaries": DIR, "parameters": {…}}}
    {"service": "posthorse", "call": "operate", "with": {"operation": "listMigrations", "url": ADDRESS, "parameters": {…}}}
    {"service": "posthorse", "call": "subscribe", "with": {}}    from now on, `told` gives what EventBridge was told

The answer is {"ok": result} or {"error": code, "message": text}. AWS_ENDPOINT_URL says where the emulator is.
"""

import base64
import datetime
import http.client
import io
import json
import os
import pathlib
import stat
import sys
import time
import urllib.parse
import zipfile

import boto3
import jsonschema
import referencing
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

import translate

FUNCTIONS = ["intake", "plan", "copy", "verify", "sweep", "review"]
CLIENTS = {}
INFRA = pathlib.Path(__file__).resolve().parents[2] / "infra"
OPENAPI = json.loads((INFRA / "openapi.json").read_text())


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


def exchanged(method, url, body=b"", headers=None, sign=True):
    """Sends a request to a function's address, signed as an operator does or not; the emulator listens in its place."""
    address = urllib.parse.urlsplit(url)
    gateway = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
    request = AWSRequest(method=method, url=url, data=body, headers={"host": address.netloc, **(headers or {})})
    if sign:
        session = boto3.session.Session()
        SigV4Auth(session.get_credentials(), "lambda", session.region_name).add_auth(request)
    connection = http.client.HTTPConnection(gateway.hostname, gateway.port, timeout=60)
    path = address.path + (f"?{address.query}" if address.query else "")
    connection.request(method, path, body, dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.getheader("content-type", ""), answer.read().decode()


def checked(value, schema):
    """`value`, which must be as the document's schema says."""
    document = {**schema, "components": OPENAPI["components"]}
    jsonschema.Draft202012Validator(document).validate(value)
    return value


def operate(operation, url, parameters=None, body=None, sign=True, headers=None):
    """The client that infra/openapi.json describes: builds the request of an operation out of its description, sends it, and
    holds the answer to what is promised. Gives status and body."""
    found = [(path, method, what) for path, item in OPENAPI["paths"].items() for method, what in item.items()
             if method != "servers" and what["operationId"] == operation]
    ((path, method, what),) = found
    given, query = dict(parameters or {}), {}
    for parameter in what["parameters"]:
        if parameter["in"] == "header" or parameter["name"] not in given:
            assert parameter["in"] == "header" or not parameter.get("required"), parameter
            continue
        value = checked(given.pop(parameter["name"]), parameter["schema"])
        if parameter["in"] == "path":
            path = path.replace("{%s}" % parameter["name"], urllib.parse.quote(str(value), safe=""))
        else:
            query[parameter["name"]] = value
    assert not given, given
    if "requestBody" in what:
        checked(body, what["requestBody"]["content"]["application/json"]["schema"])
    address = url.rstrip("/") + path + (f"?{urllib.parse.urlencode(query)}" if query else "")
    octets = b"" if body is None else json.dumps(body).encode()
    status, kind, text = exchanged(method.upper(), address, octets, headers, sign)
    promised = what["responses"].get(str(status))
    assert promised is not None, f"{operation} answers {status}, which is not described: {text}"
    answer = json.loads(text) if text else None
    for described, content in promised.get("content", {}).items():
        assert kind.split(";")[0] == described, (operation, status, kind)
        checked(answer, content["schema"])
    return {"status": status, "body": answer}


def subscribe():
    """As docs/deploy.md says: a rule for everything of ours, and a queue that gets it."""
    queue = client("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("events").put_rule(Name="told", EventPattern=json.dumps({"source": ["posthorse"]}))
    client("events").put_targets(Rule="told", Targets=[{"Id": "queue", "Arn": arn}])


def told():
    """The details of all events since the last time, each held to its schema."""
    schemas = {path.name: json.loads(path.read_text()) for path in (INFRA / "events").glob("*.json")}
    resources = [(name, referencing.Resource.from_contents(schema)) for name, schema in schemas.items()]
    registry = referencing.Registry().with_resources(resources)
    queue, details = client("sqs").get_queue_url(QueueName="told")["QueueUrl"], []
    while messages := client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            event = json.loads(message["Body"])
            assert event["source"] == "posthorse" and event["detail-type"] == event["detail"]["event"], event
            name = event["detail-type"].removeprefix("migration.") + ".json"
            jsonschema.Draft202012Validator(schemas[name], registry=registry).validate(event["detail"])
            details.append(event["detail"])
            client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return details


def done(order):
    service, call, arguments = order["service"], order["call"], order.get("with", {})
    if service == "posthorse":
        return {"deploy": deploy, "operate": operate, "subscribe": subscribe, "told": told}[call](**arguments)
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
