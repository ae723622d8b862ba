"""# Translate
What SAM makes of infra/template.yaml, as CloudFormation would get it: macros expanded, mappings and conditions still in.

    translate.py [CODE_BUCKET] > template.json      CODE_BUCKET: where NAME.zip of each function lies
"""

import json
import pathlib
import re
import sys

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = pathlib.Path(__file__).resolve().parents[2] / "infra" / "template.yaml"


def source():
    """The template as it is written, its short forms (!Ref …) spelled out."""
    return yaml_parse(TEMPLATE.read_text())


def translated(bucket="code", region="us-east-1"):
    """The template behind the SAM transform. Code is taken from `bucket`, as `sam package` would have put it there."""
    template = source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            place = resource["Properties"]["CodeUri"]
            name = re.fullmatch(r"\.\./functions/([a-z]+)/", place).group(1)
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": f"{name}.zip"}
    # Left as they are, parameters stay references: the stack decides.
    parameters = {"AWS::Region": region, "AWS::Partition": "aws"}
    translator = Translator({}, Parser())
    try:
        return translator.translate(sam_template=template, parameter_values=parameters)
    except InvalidDocumentException as error:
        raise SystemExit(f"translate.py: {error.message}: {[cause.message for cause in error.causes]}") from None


if __name__ == "__main__":
    import os

    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    json.dump(translated(*sys.argv[1:2]), sys.stdout, indent=1)
