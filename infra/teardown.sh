#!/bin/sh
# # Teardown
# Deletes a dev stack, and then what its stack keeps on purpose: tables, bucket with all objects, keys (in 7 days), logs.
#
#   infra/teardown.sh STACK      asks for the stack's name once more; never touches a stack whose Stage is not dev
#
# Needs the AWS command line. Mail that was moved is in the mailboxes and not here; what is lost is the memory of it.
set -eu
stack=${1:?usage: infra/teardown.sh STACK}
say() { echo "teardown.sh: $*" >&2; }
command -v aws >/dev/null || { say "the AWS command line (aws) is not installed"; exit 1; }

described() { aws cloudformation describe-stacks --stack-name "$stack" --output text --query "$1"; }
stage=$(described "Stacks[0].Parameters[?ParameterKey=='Stage'].ParameterValue | [0]")
[ "$stage" = dev ] || { say "$stack is $stage, not dev: see docs/deploy.md, 'Taking it down'"; exit 1; }
output() { described "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]"; }
bucket=$(output Archive) ledger=$(output LedgerTable) credentials=$(output CredentialsTable)
key=$(output CredentialsKey) data_key=$(output DataKey)
# A stack whose creation failed has no outputs, and keeps nothing.
for name in "$bucket" "$ledger" "$credentials" "$key" "$data_key"; do
    case $name in '' | None) say "$stack does not say what it keeps: delete it in the console"; exit 1 ;; esac
done

printf 'This deletes %s with all records, manifests and quarantined messages. Its name again: ' "$stack"
read -r again
[ "$again" = "$stack" ] || { say "nothing was deleted"; exit 1; }

say "should this be interrupted, what is left is: tables $credentials, $ledger; bucket $bucket; keys $key, $data_key"
aws cloudformation delete-stack --stack-name "$stack"
aws cloudformation wait stack-delete-complete --stack-name "$stack"
for table in "$credentials" "$ledger"; do aws dynamodb delete-table --table-name "$table" >/dev/null; done
for one in "$key" "$data_key"; do aws kms schedule-key-deletion --key-id "$one" --pending-window-in-days 7 >/dev/null; done
aws s3 rm "s3://$bucket" --recursive --only-show-errors
aws s3api delete-bucket --bucket "$bucket"
say "$stack is gone; its keys follow in 7 days"
