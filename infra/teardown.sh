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
keys="$(output CredentialsKey) $(output DataKey)"

printf 'This deletes %s with all records, manifests and quarantined messages. Its name again: ' "$stack"
read -r again
[ "$again" = "$stack" ] || { say "nothing was deleted"; exit 1; }

aws cloudformation delete-stack --stack-name "$stack"
aws cloudformation wait stack-delete-complete --stack-name "$stack"
aws s3 rm "s3://$bucket" --recursive --only-show-errors
aws s3api delete-bucket --bucket "$bucket"
for table in "$ledger" "$credentials"; do aws dynamodb delete-table --table-name "$table" >/dev/null; done
for key in $keys; do aws kms schedule-key-deletion --key-id "$key" --pending-window-in-days 7 >/dev/null; done
say "$stack is gone; its keys follow in 7 days"
