"""`python -m annex_shared.liveness_probe PORT`: ends with 0 where `/livez` is answered with 200, else with 1.

For images, which hold no curl. It imports nothing of ours, so that it costs little every few seconds.
"""

import http.client
import sys

_SECONDS = 3.0


def is_alive(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_alive(int(sys.argv[1])) else 1)
