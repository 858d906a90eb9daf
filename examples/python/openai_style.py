"""Images and a video through the OpenAI-compatible surface, with nothing but Python's standard library (Python 3.9 or later).

    PADDOCK_URL=http://127.0.0.1:8787 PADDOCK_KEY=pdk_… python3 examples/python/openai_style.py
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

BASE_URL = os.environ.get("PADDOCK_URL", "http://127.0.0.1:8787").rstrip("/") + "/v1"
KEY = os.environ["PADDOCK_KEY"]
ATTEMPTS = 3


class GatewayError(Exception):
    """An error response: `status`, and `error` with `message`, `type`, `code` and `param`."""

    def __init__(self, status, error):
        super().__init__(f"HTTP {status}: {error['message']}")
        self.status = status
        self.error = error


def call(method, path, body=None):
    """Makes one call. All attempts have one idempotency key, so a repeated request makes no second task."""
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": str(uuid.uuid4())}
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    for attempt in range(1, ATTEMPTS + 1):
        request = urllib.request.Request(BASE_URL + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=150) as response:
                return response.read()
        except urllib.error.HTTPError as refused:
            is_final = refused.code not in (429, 503) or refused.headers.get("x-should-retry") == "false"
            if is_final or attempt == ATTEMPTS:
                raise GatewayError(refused.code, json.load(refused)["error"]) from None
            time.sleep(float(refused.headers.get("Retry-After", "1")))
        except OSError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(attempt)


def main():
    """Generates an image, edits it, makes a video of it and downloads both."""
    models = json.loads(call("GET", "/models"))["data"]
    print("models:", ", ".join(model["id"] for model in models))

    images = json.loads(call("POST", "/images/generations", {"prompt": "a cat", "size": "1792x1024", "response_format": "b64_json"}))
    picture = base64.b64decode(images["data"][0]["b64_json"])
    print("image:", len(picture), "bytes")

    reference = "data:image/png;base64," + base64.b64encode(picture).decode()
    edit = {"prompt": "the cat sleeps", "images": [{"image_url": reference}], "response_format": "url"}
    print("edit:", json.loads(call("POST", "/images/edits", edit))["data"][0]["url"])

    video = json.loads(call("POST", "/videos", {"model": "seedance-2.0", "prompt": "the cat jumps", "seconds": "4"}))
    while video["status"] in ("queued", "in_progress"):
        time.sleep(float(os.environ.get("POLL_SECONDS", "5")))
        video = json.loads(call("GET", f"/videos/{video['id']}"))
    print("video:", video["status"], len(call("GET", f"/videos/{video['id']}/content")), "bytes")

    try:
        call("POST", "/images/generations", {"prompt": "a cat", "n": 9})
    except GatewayError as refused:
        print("refused:", refused.error["param"], refused.error["message"])


if __name__ == "__main__":
    sys.exit(main())
