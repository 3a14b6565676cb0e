"""A Git server of dulwich: `dulwich_server.py FOLDER FILE`, with `user:token` in FILE.

It serves the bare repositories below FOLDER over http on a port of its own choice, which it prints. A file `protected` in a
repository is the reason for which every push there is refused.
"""

import base64
import os
import sys
from wsgiref.simple_server import make_server

from dulwich.repo import Repo
from dulwich.server import (
    Backend,
    DEFAULT_HANDLERS,
    ReceivePackHandler,
    UploadPackHandler,
)
from dulwich.web import (
    WSGIRequestHandlerLogger,
    WSGIServerLogger,
    make_wsgi_chain,
)

folder = sys.argv[1]
with open(sys.argv[2], "rb") as file:
    sign_in = "Basic " + base64.b64encode(file.read().strip()).decode()


class Folder(Backend):
    """Opens each repository anew, as a server with several processes would."""

    def open_repository(self, path):
        return Repo(os.path.join(folder, os.fsdecode(path).strip("/")))


class Lenient(UploadPackHandler):
    """For go-git, with which source-controller reads: it does not declare what dulwich insists on."""

    def required_capabilities(self):
        return []


class Guarded(ReceivePackHandler):
    def _on_update(self, ref_name, old_sha, new_sha):
        try:
            with open(os.path.join(self.repo.controldir(), "protected"), "rb") as reason:
                return reason.read().strip()
        except FileNotFoundError:
            return super()._on_update(ref_name, old_sha, new_sha)


handlers = {**DEFAULT_HANDLERS, b"git-receive-pack": Guarded}
strict = make_wsgi_chain(Folder(), handlers=handlers)
lenient = make_wsgi_chain(Folder(), handlers={**handlers, b"git-upload-pack": Lenient})


def application(environ, start_response):
    if environ.get("HTTP_AUTHORIZATION") != sign_in:
        start_response("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="dulwich"')])
        return [b"sign in first\n"]
    agent = environ.get("HTTP_USER_AGENT", "")
    return (strict if agent.startswith("git/") else lenient)(environ, start_response)


server = make_server(
    "127.0.0.1",
    0,
    application,
    handler_class=WSGIRequestHandlerLogger,
    server_class=WSGIServerLogger,
)
print(server.server_port, flush=True)
server.serve_forever()
