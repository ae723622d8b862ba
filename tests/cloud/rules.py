"""# Rules
What infra/template.yaml promises, checked on the template as CloudFormation gets it (behind the SAM transform), for both
profiles. Emulators ignore much of this, and linters accept what is wrong here.

    tests/.lab/cloud/bin/python tests/cloud/rules.py
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

import translate

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
TEMPLATE = translate.translated()
RESOURCES = TEMPLATE["Resources"]
STAGES = ["Plan", "Copy", "Verify"]
FUNCTIONS = ["Intake", *STAGES, "Sweep", "Review"]
PROFILES = ["standard", "test"]


def of(kind):
    """Logical id → properties of all resources of a type."""
    return {name: item.get("Properties", {}) for name, item in RESOURCES.items() if item["Type"] == kind}


def value(expression, profile):
    """A literal, or what the Timing mapping has for `profile`."""
    if isinstance(expression, dict) and "Fn::FindInMap" in expression:
        table, key, name = expression["Fn::FindInMap"]
        assert key == {"Ref": "Profile"}, expression
        return TEMPLATE["Mappings"][table][profile][name]
    return expression


def listed(item):
    return item if isinstance(item, list) else [item]


def target(expression):
    """A resource's logical id out of Ref, GetAtt or Sub, with what is added to its ARN."""
    if "Ref" in expression:
        return expression["Ref"]
    if "Fn::GetAtt" in expression:
        name, attribute = expression["Fn::GetAtt"]
        assert attribute in ("Arn", "Id"), expression
        return name
    if expression["Fn::Sub"] == "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBus}":
        return "EventBus"
    found = re.fullmatch(r"\$\{([A-Za-z]+)\.Arn\}(/.*)", expression["Fn::Sub"])
    return found.group(1) + found.group(2)


def statements(role):
    """Statements of a role, those that depend on a condition with its name."""
    for policy in RESOURCES[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "Fn::If" in statement:
                condition, then, otherwise = statement["Fn::If"]
                assert otherwise == {"Ref": "AWS::NoValue"}
                yield condition, then
            else:
                yield None, statement


def grants():
    """Function → action → targets, from roles and key policies: what the golden table is about."""
    table = {}
    for name in FUNCTIONS:
        actions = table.setdefault(name.lower(), {})
        for condition, statement in statements(f"{name}Role"):
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    where = "*" if resource == "*" else target(resource)
                    where += f" if {condition}" if condition else ""
                    actions.setdefault(action, []).append(where)
    for key, properties in of("AWS::KMS::Key").items():
        for statement in properties["KeyPolicy"]["Statement"]:
            for principal in listed(statement["Principal"]["AWS"]):
                if "Fn::GetAtt" in principal:
                    function = principal["Fn::GetAtt"][0].removesuffix("Role").lower()
                    for action in listed(statement["Action"]):
                        table[function].setdefault(action, []).append(f"{key} (key policy)")
    return {name: {action: sorted(where) for action, where in sorted(actions.items())} for name, actions in table.items()}


class Chain(unittest.TestCase):
    def test_the_functions_are_those_of_the_functions_folder(self):
        folders = {path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml")} - {"posthorse"}
        self.assertEqual({name.removesuffix("Function").lower() for name in of("AWS::Lambda::Function")}, folders)

    def test_visibility_is_at_least_six_timeouts(self):
        for stage in STAGES:
            queue, function = RESOURCES[f"{stage}Queue"]["Properties"], RESOURCES[f"{stage}Function"]["Properties"]
            for profile in PROFILES:
                visibility, timeout = (value(item, profile) for item in (queue["VisibilityTimeout"], function["Timeout"]))
                self.assertGreaterEqual(visibility, 6 * timeout, (stage, profile))
                self.assertLessEqual(visibility, 43_200)

    def test_a_job_is_received_five_times_before_it_is_a_dead_letter(self):
        for stage in STAGES:
            redrive = RESOURCES[f"{stage}Queue"]["Properties"]["RedrivePolicy"]
            self.assertGreaterEqual(redrive["maxReceiveCount"], 5)
            self.assertEqual(redrive["deadLetterTargetArn"], {"Fn::GetAtt": [f"{stage}DeadLetters", "Arn"]})

    def test_dead_letters_are_kept_longer_than_jobs(self):
        # A message keeps its age when it moves.
        for stage in STAGES:
            jobs, dead = (RESOURCES[stage + kind]["Properties"]["MessageRetentionPeriod"] for kind in ("Queue", "DeadLetters"))
            self.assertGreater(dead, jobs)
            self.assertLessEqual(dead, 1_209_600)

    def test_every_queue_is_one_of_a_stage(self):
        wanted = {stage + kind for stage in STAGES for kind in ("Queue", "DeadLetters")}
        self.assertEqual(set(of("AWS::SQS::Queue")), wanted)

    def test_queues_are_encrypted(self):
        for name, queue in of("AWS::SQS::Queue").items():
            self.assertIs(queue["SqsManagedSseEnabled"], True, name)

    def test_queues_take_tls_only(self):
        (policy,) = of("AWS::SQS::QueuePolicy").values()
        self.assertEqual({queue["Ref"] for queue in policy["Queues"]}, set(of("AWS::SQS::Queue")))
        (statement,) = policy["PolicyDocument"]["Statement"]
        self.assertEqual((statement["Effect"], statement["Principal"], statement["Action"]), ("Deny", "*", "sqs:*"))
        self.assertEqual(statement["Condition"], {"Bool": {"aws:SecureTransport": "false"}})

    def test_one_job_at_a_time_with_an_answer_for_each(self):
        sources = of("AWS::Lambda::EventSourceMapping")
        self.assertEqual(len(sources), 3)
        for stage in STAGES:
            source = sources[f"{stage}FunctionJobs"]
            self.assertEqual(source["EventSourceArn"], {"Fn::GetAtt": [f"{stage}Queue", "Arn"]})
            self.assertEqual(source["BatchSize"], 1)
            self.assertNotIn("MaximumBatchingWindowInSeconds", source)
            self.assertEqual(source["FunctionResponseTypes"], ["ReportBatchItemFailures"])

    def test_concurrency_is_bounded_at_the_event_source_by_a_number(self):
        for name, source in of("AWS::Lambda::EventSourceMapping").items():
            for profile in PROFILES:
                most = value(source["ScalingConfig"]["MaximumConcurrency"], profile)
                self.assertIsInstance(most, int, name)
                self.assertTrue(2 <= most <= 1000, name)
        for name, function in of("AWS::Lambda::Function").items():
            # Reserved concurrency makes the poller burn receives.
            self.assertNotIn("ReservedConcurrentExecutions", function, name)

    def test_exactly_the_chain_may_recur(self):
        allowed = {name for name, function in of("AWS::Lambda::Function").items() if "RecursiveLoop" in function}
        self.assertEqual(allowed, {f"{stage}Function" for stage in STAGES})
        for name in allowed:
            self.assertEqual(RESOURCES[name]["Properties"]["RecursiveLoop"], "Allow")

    def test_a_step_ends_before_its_function_and_a_killed_one_goes_on_within_nine_minutes(self):
        for profile in PROFILES:
            timing = TEMPLATE["Mappings"]["Timing"][profile]
            number = {name: int(timing[name]) for name in ("Timeout", "Step", "Margin", "Quiet")}
            self.assertLess(number["Step"], number["Timeout"])
            minutes = int(re.fullmatch(r"rate\((\d+) minutes?\)", timing["Sweep"]).group(1))
            self.assertLessEqual(number["Timeout"] + number["Margin"] + number["Quiet"] + 60 * minutes, 540, profile)

    def test_both_profiles_set_the_same_names(self):
        timing = TEMPLATE["Mappings"]["Timing"]
        self.assertEqual(set(timing), set(PROFILES))
        self.assertEqual(set(timing["standard"]), set(timing["test"]))

    def test_environments_hold_strings(self):
        for name, function in of("AWS::Lambda::Function").items():
            for variable, expression in function["Environment"]["Variables"].items():
                for profile in PROFILES:
                    self.assertNotIsInstance(value(expression, profile), int, (name, variable))

    def test_the_sweep_has_a_timer_and_is_not_repeated(self):
        (rule,) = of("AWS::Events::Rule").values()
        self.assertEqual([target["Arn"] for target in rule["Targets"]], [{"Fn::GetAtt": ["SweepFunction", "Arn"]}])
        (again,) = of("AWS::Lambda::EventInvokeConfig").values()
        self.assertEqual(again["MaximumRetryAttempts"], 0)


class Store(unittest.TestCase):
    def test_nothing_expires_by_itself(self):
        for name, table in of("AWS::DynamoDB::Table").items():
            self.assertNotIn("TimeToLiveSpecification", table, name)
        for name, bucket in of("AWS::S3::Bucket").items():
            rules = bucket["LifecycleConfiguration"]["Rules"]
            for rule in rules:
                self.assertEqual(set(rule) - {"Id", "Status"}, {"AbortIncompleteMultipartUpload"}, name)

    def test_what_was_deleted_of_credentials_is_gone(self):
        table = RESOURCES["CredentialsTable"]["Properties"]
        self.assertIs(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], False)
        self.assertNotIn("StreamSpecification", table)
        # An index may lag behind: it holds keys and no credential.
        (index,) = table["GlobalSecondaryIndexes"]
        self.assertEqual((index["IndexName"], index["Projection"]), ("unclaimed", {"ProjectionType": "KEYS_ONLY"}))

    def test_the_ledger_can_be_restored(self):
        table = RESOURCES["LedgerTable"]["Properties"]
        self.assertIs(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], True)

    def test_tables_are_protected_in_production_and_encrypted(self):
        self.assertEqual(set(of("AWS::DynamoDB::Table")), {"LedgerTable", "CredentialsTable"})
        for name, table in of("AWS::DynamoDB::Table").items():
            self.assertEqual(table["DeletionProtectionEnabled"], {"Fn::If": ["IsProd", True, False]}, name)
            self.assertIs(table["SSESpecification"]["SSEEnabled"], True, name)
            self.assertEqual(table["BillingMode"], "PAY_PER_REQUEST", name)
        self.assertEqual(TEMPLATE["Conditions"]["IsProd"], {"Fn::Equals": [{"Ref": "Stage"}, "prod"]})

    def test_what_is_due_and_what_there_is_is_found_by_indexes_of_keys_alone(self):
        indexes = RESOURCES["LedgerTable"]["Properties"]["GlobalSecondaryIndexes"]
        self.assertEqual([index["IndexName"] for index in indexes], ["due", "listed"])
        for index in indexes:
            self.assertEqual(index["Projection"], {"ProjectionType": "KEYS_ONLY"})
        # A step writes a row again and again: what the list is sorted by must never change.
        self.assertEqual([key["AttributeName"] for key in indexes[1]["KeySchema"]], ["listed", "created"])

    def test_the_store_outlives_its_stack(self):
        kept = {name for name, item in RESOURCES.items() if item.get("DeletionPolicy") == "RetainExceptOnCreate"}
        self.assertEqual(kept, {"LedgerTable", "CredentialsTable", "Archive", "CredentialsKey", "DataKey"})
        for name in kept:
            self.assertEqual(RESOURCES[name]["UpdateReplacePolicy"], "Retain", name)

    def test_the_bucket_is_closed_to_the_public(self):
        (bucket,) = of("AWS::S3::Bucket").values()
        self.assertEqual(
            bucket["PublicAccessBlockConfiguration"],
            dict.fromkeys(["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"], True),
        )
        self.assertEqual(bucket["OwnershipControls"]["Rules"], [{"ObjectOwnership": "BucketOwnerEnforced"}])

    def test_the_bucket_is_encrypted_with_the_data_key(self):
        (bucket,) = of("AWS::S3::Bucket").values()
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        wanted = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["DataKey", "Arn"]}}
        self.assertEqual(rule, {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": wanted})

    def test_the_bucket_takes_tls_only(self):
        (policy,) = of("AWS::S3::BucketPolicy").values()
        (statement,) = policy["PolicyDocument"]["Statement"]
        self.assertEqual((statement["Effect"], statement["Principal"], statement["Action"]), ("Deny", "*", "s3:*"))
        self.assertEqual(statement["Condition"], {"Bool": {"aws:SecureTransport": "false"}})
        self.assertEqual([target(where) for where in statement["Resource"]], ["Archive", "Archive/*"])

    def test_keys_are_rotated_and_deleted_late(self):
        self.assertEqual(set(of("AWS::KMS::Key")), {"CredentialsKey", "DataKey"})
        for name, key in of("AWS::KMS::Key").items():
            self.assertIs(key["EnableKeyRotation"], True, name)
            self.assertEqual(key["PendingWindowInDays"], 30, name)

    def test_administrators_of_the_account_cannot_read_credentials(self):
        for statement in RESOURCES["CredentialsKey"]["Properties"]["KeyPolicy"]["Statement"]:
            if "Fn::Sub" in str(statement["Principal"]):
                for action in listed(statement["Action"]):
                    self.assertNotRegex(action, r"crypt|DataKey|ReEncrypt|\*")


class Rights(unittest.TestCase):
    maxDiff = None

    def test_each_function_may_do_exactly_what_the_golden_table_says(self):
        golden = json.loads((HERE / "rights.json").read_text())
        self.assertEqual(grants(), golden)

    def test_no_action_is_a_wildcard(self):
        for name in FUNCTIONS:
            for _, statement in statements(f"{name}Role"):
                self.assertEqual(statement["Effect"], "Allow")
                for action in listed(statement["Action"]):
                    self.assertNotIn("*", action)
        for key in of("AWS::KMS::Key").values():
            for statement in key["KeyPolicy"]["Statement"]:
                for action in listed(statement["Action"]):
                    self.assertNotIn("*", action)

    def test_resources_are_exact(self):
        for name in FUNCTIONS:
            for condition, statement in statements(f"{name}Role"):
                if condition == "InNetwork":
                    # Network interfaces have no name before they are made.
                    self.assertTrue(all(action.startswith("ec2:") for action in statement["Action"]))
                    continue
                for resource in listed(statement["Resource"]):
                    self.assertIn(target(resource), {*RESOURCES, "Archive/*", "LedgerTable/index/due", "LedgerTable/index/listed", "CredentialsTable/index/unclaimed", "EventBus"})

    def test_each_function_has_a_role_of_its_own_and_no_policy_from_elsewhere(self):
        roles = of("AWS::IAM::Role")
        self.assertEqual(set(roles), {f"{name}Role" for name in FUNCTIONS})
        for name, role in roles.items():
            self.assertNotIn("ManagedPolicyArns", role)
            (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(trust["Principal"], {"Service": "lambda.amazonaws.com"})
            function = RESOURCES[name.removesuffix("Role") + "Function"]["Properties"]
            self.assertEqual(function["Role"], {"Fn::GetAtt": [name, "Arn"]})
        self.assertFalse(of("AWS::IAM::Policy") or of("AWS::IAM::ManagedPolicy"))

    def test_strangers_reach_intake_alone_and_only_the_timer_may_call_besides(self):
        urls = {url["TargetFunctionArn"]["Ref"]: url for url in of("AWS::Lambda::Url").values()}
        kinds = {name: url["AuthType"] for name, url in urls.items()}
        self.assertEqual(kinds, {"IntakeFunction": "NONE", "ReviewFunction": "AWS_IAM"})
        for name, url in urls.items():
            self.assertNotIn("Cors", url, name)
        for name, permission in of("AWS::Lambda::Permission").items():
            who = permission["Principal"]
            self.assertIn(who, ["*", "events.amazonaws.com"], name)
            if who == "*":
                self.assertEqual(permission["FunctionName"], {"Ref": "IntakeFunction"}, name)
                by_url = permission.get("FunctionUrlAuthType") == "NONE" or permission.get("InvokedViaFunctionUrl") is True
                self.assertTrue(by_url, name)

    def test_operators_cannot_read_credentials(self):
        review = grants()["review"]
        self.assertEqual([where for where in review["kms:Decrypt"]], ["DataKey"])
        for action in ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"):
            self.assertNotIn("CredentialsTable", review[action])

    def test_no_secret_is_in_an_environment(self):
        for name, function in of("AWS::Lambda::Function").items():
            for variable, expression in function["Environment"]["Variables"].items():
                self.assertNotIn("resolve:", str(expression), (name, variable))
                self.assertNotIn("SecretString", str(expression), (name, variable))


class Operation(unittest.TestCase):
    def test_logs_are_json_and_end(self):
        for name in FUNCTIONS:
            logging = RESOURCES[f"{name}Function"]["Properties"]["LoggingConfig"]
            self.assertEqual((logging["LogFormat"], logging["LogGroup"]), ("JSON", {"Ref": f"{name}Log"}))
            self.assertEqual(RESOURCES[f"{name}Log"]["Properties"]["RetentionInDays"], {"Ref": "LogRetentionDays"})
        self.assertEqual(len(of("AWS::Logs::LogGroup")), len(FUNCTIONS))

    def test_alarms_watch_what_matters_and_tell_the_topic(self):
        watched = set()
        for name, alarm in of("AWS::CloudWatch::Alarm").items():
            self.assertEqual(alarm["AlarmActions"], [{"Ref": "AlarmTopic"}], name)
            self.assertEqual(alarm["TreatMissingData"], "notBreaching", name)
            (dimension,) = alarm.get("Dimensions", [{"Value": None}])
            of_what = str(dimension["Value"])
            watched |= {(alarm["MetricName"], item) for item in (*FUNCTIONS, "") if item in of_what and (item or not dimension["Value"])}
        # What is asked over an address answers 503 and does not fail when a store refuses.
        asked = {"Intake", "Review"}
        wanted = {("Url5xxCount" if name in asked else "Errors", name) for name in FUNCTIONS} | {("Stalled", "")}
        for metric in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "RecursiveInvocationsDropped"):
            wanted |= {(metric, stage) for stage in STAGES}
        self.assertEqual(watched, wanted)

    def test_dead_letters_are_what_the_alarm_counts(self):
        for stage in STAGES:
            (dimension,) = RESOURCES[f"{stage}DeadLettersAlarm"]["Properties"]["Dimensions"]
            self.assertEqual(dimension["Value"], {"Fn::GetAtt": [f"{stage}DeadLetters", "QueueName"]})

    def test_stalled_is_counted_in_every_log_that_can_say_it(self):
        groups = {filter["LogGroupName"]["Ref"] for filter in of("AWS::Logs::MetricFilter").values()}
        self.assertEqual(groups, {"PlanLog", "CopyLog", "VerifyLog", "SweepLog"})

    def test_parameters_are_few_explained_and_checked(self):
        parameters = TEMPLATE["Parameters"]
        self.assertLessEqual(len(parameters), 20)
        groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        grouped = [name for group in groups for name in group["Parameters"]]
        self.assertEqual(sorted(grouped), sorted(parameters))
        for name, parameter in parameters.items():
            self.assertTrue(parameter["Description"], name)
            self.assertIn("Default", parameter, name)
            checked = {"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter)
            self.assertTrue(checked or parameter["Type"] == "CommaDelimitedList", name)

    def test_outputs_say_what_they_are_for(self):
        self.assertLessEqual({"IntakeUrl", "ReviewUrl", "WebhookSecret", "SweepFunction", "Archive", "LedgerTable"}, set(TEMPLATE["Outputs"]))
        for name, output in TEMPLATE["Outputs"].items():
            self.assertTrue(output["Description"], name)

    def test_arm64_is_the_default_and_one_parameter_chooses(self):
        self.assertEqual(TEMPLATE["Parameters"]["Architecture"]["Default"], "arm64")
        for name, function in of("AWS::Lambda::Function").items():
            self.assertEqual(function["Architectures"], [{"Ref": "Architecture"}], name)
            self.assertEqual((function["Runtime"], function["Handler"]), ("provided.al2023", "bootstrap"), name)

    def test_only_the_steps_are_in_the_users_network(self):
        for name, function in of("AWS::Lambda::Function").items():
            inside = "VpcConfig" in function
            self.assertEqual(inside, name.removesuffix("Function") in STAGES, name)
        self.assertFalse([item for item in RESOURCES.values() if item["Type"].startswith("AWS::EC2::")])

    def test_every_setting_is_in_the_readme_of_its_function_and_the_other_way_round(self):
        for name in FUNCTIONS:
            readme = (ROOT / "functions" / name.lower() / "README.md").read_text()
            told = set(re.findall(r"`(POSTHORSE_[A-Z_]+)`", readme))
            given = set(RESOURCES[f"{name}Function"]["Properties"]["Environment"]["Variables"])
            self.assertEqual(told, given, name)

    def test_every_right_is_in_the_readme_of_its_function(self):
        for name, actions in grants().items():
            readme = (ROOT / "functions" / name / "README.md").read_text()
            for action in actions:
                self.assertIn(f"`{action}`", readme, name)

    def test_resources_stand_in_the_order_of_the_flow(self):
        source = list(translate.source()["Resources"])
        order = [source.index(f"{name}Function") for name in FUNCTIONS]
        self.assertEqual(order, sorted(order))

    def test_deploy_and_build_know_where_the_template_is(self):
        import tomllib

        config = tomllib.loads((ROOT / "samconfig.toml").read_text())
        for environment in ("default", "stage", "prod"):
            commands = config[environment]
            for command in ("build", "validate"):
                self.assertEqual(commands[command]["parameters"]["template_file"], "infra/template.yaml")
            # The cache's key is the function's own folder: a change in shared/ would ship old binaries.
            self.assertNotIn("cached", commands["build"]["parameters"])
            deploy = commands["deploy"]["parameters"]
            # Deploy takes what build made; a template named here would be deployed unbuilt.
            self.assertNotIn("template_file", deploy)
            self.assertTrue(deploy["resolve_s3"])
            self.assertNotIn("global", commands)


class Security(unittest.TestCase):
    def test_every_test_that_the_security_page_names_exists(self):
        page = (ROOT / "docs" / "security.md").read_text()
        named = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+){2,})`", page))
        self.assertGreater(len(named), 40)
        sources = [*(ROOT / "functions").rglob("*.rs"), *(ROOT / "shared").rglob("*.rs"), *(ROOT / "tests").glob("*/*.rs"), *HERE.glob("*.py")]
        text = "\n".join(source.read_text() for source in sources)
        found = set(re.findall(r"(?:fn|def) ([a-z0-9_]+)", text))
        self.assertEqual(named - found, set())


class Signup(unittest.TestCase):
    def test_people_sign_as_the_specification_does(self):
        sys.path.insert(0, str(ROOT / "infra"))
        import signup

        body = b'{"test": 2432232314}'
        secret, name, moment = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
        self.assertEqual(signup.signature(secret, name, moment, body), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    def test_what_the_readme_signs_with_openssl_is_signed_as_the_specification_does(self):
        sys.path.insert(0, str(ROOT / "infra"))
        import signup

        readme = (ROOT / "README.md").read_text()
        (snippet,) = [block for block in re.findall(r"```sh\n(.*?)```", readme, re.S) if "hexkey" in block]
        # The lines that ask AWS are answered here, and curl says what it was given.
        snippet = "".join(line for line in snippet.splitlines(True) if "$(aws " not in line)
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        given = f"curl() {{ printf '%s\\n' \"$@\"; }}\nsecret={secret}\nurl=https://x\n"
        with tempfile.TemporaryDirectory() as folder:
            body = pathlib.Path(folder, "my-signup.json")
            body.write_bytes((ROOT / "events" / "signup.json").read_bytes())
            told = subprocess.run(["sh", "-euc", given + snippet], cwd=folder, capture_output=True, text=True, check=True)
            sent = dict(line.split(": ", 1) for line in told.stdout.splitlines() if line.startswith("webhook-"))
            wanted = signup.signature(secret, sent["webhook-id"], sent["webhook-timestamp"], body.read_bytes())
        self.assertEqual(sent["webhook-signature"], wanted)
        self.assertIn("@my-signup.json", told.stdout)

    def test_the_body_that_people_start_from_is_json(self):
        body = json.loads((ROOT / "events" / "signup.json").read_text())
        self.assertEqual(set(body), {"source", "destination", "reference", "options"})


class Lint(unittest.TestCase):
    def test_cfn_lint_has_nothing_to_say(self):
        program = pathlib.Path(sys.executable).parent / "cfn-lint"
        told = subprocess.run([program, translate.TEMPLATE], capture_output=True, text=True, check=False)
        self.assertEqual((told.returncode, told.stdout, told.stderr), (0, "", ""))


if __name__ == "__main__":
    if sys.argv[1:] == ["--rights"]:
        print(json.dumps(grants(), indent=1))
    else:
        unittest.main()
