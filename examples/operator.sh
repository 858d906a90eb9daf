#!/bin/sh
# An operator's day with curl. Needs ADMIN_TOKEN; PADDOCK_URL if the gateway is not on this machine.
set -eu
url=${PADDOCK_URL:-http://127.0.0.1:8787}
: "${ADMIN_TOKEN:?is not set: npm run dev prints it}"

# call METHOD PATH [JSON [more curl arguments …]]: one call of the operator API.
call() {
  method=$1 path=$2 body=${3:-}
  [ $# -gt 2 ] && shift 3 || shift 2
  curl --silent --show-error --fail-with-body --request "$method" "$url$path" \
    --header "Authorization: Bearer $ADMIN_TOKEN" --header "Content-Type: application/json" \
    ${body:+--data "$body"} "$@"
}

# field NAME: the first text member of that name in the JSON on standard input.
field() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
}

echo "A customer pays beforehand, and 30 % more than we do."
tenant=$(call POST /admin/v1/tenants '{"name":"Example Ltd","billing":"prepaid","markup":1.3,"lowBalance":50}' | field tenantId)
echo "  $tenant"

echo "Large images have a price of their own."
call PATCH "/admin/v1/tenants/$tenant" \
  '{"prices":[{"model":"Imagen Nano Banana 2","size":"4K","credits":12}]}' > /dev/null

echo "An invoice was paid. Sent twice by mistake, it is entered once."
for _ in 1 2; do
  call POST "/admin/v1/tenants/$tenant/credits" '{"credits":1000,"note":"invoice 2026-117"}' \
    --header "X-Idempotency-Key: invoice-2026-117" > /dev/null
done

echo "A key that cannot spend more than 500 credits a month. It is shown this once:"
key=$(call POST "/admin/v1/tenants/$tenant/keys" '{"name":"backend","monthlyCredits":500}' | field key)
echo "  $key"

echo "The customer generates an image with it, and waits for it:"
cost=$(curl --silent --show-error --fail-with-body "$url/api/v1/task/generate" \
  --header "Authorization: Bearer $key" --header "Content-Type: application/json" --header "Prefer: wait=60" \
  --data '{"model":"Imagen Nano Banana 2","taskName":"first","type":"txt","prompt":"a cat","size":"4K"}' |
  sed -n 's/.*"estimatedCredits":\([0-9]*\).*/\1/p')
echo "  it cost $cost credits"

echo "The ledger, as the accountant wants it:"
call GET "/admin/v1/tenants/$tenant/ledger" '' --header "Accept: text/csv" | sed 's/^/  /'

echo "Use this month, by key:"
call GET "/admin/v1/tenants/$tenant/usage?groupBy=key" '' --header "Accept: text/csv" | sed 's/^/  /'

echo "The next invoice was not paid: spending stops at once."
status=$(call PATCH "/admin/v1/tenants/$tenant" '{"status":"suspended"}' | field status)
echo "  $status"

echo "All of this is on record:"
call GET "/admin/v1/audit?tenantId=$tenant" | tr '{' '\n' | sed -n 's/.*"action":"\([a-z.]*\)".*/  \1/p'

echo "The customer leaves. Keys, tasks and files go with it."
call DELETE "/admin/v1/tenants/$tenant" > /dev/null
echo "Done."
