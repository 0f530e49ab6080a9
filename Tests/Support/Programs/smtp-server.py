"""A mail server (aiosmtpd): MODE RESULTS [CHAIN KEY]. Modes: plain, starttls, tls; with `-login` a login is needed
(user `gate`, password `p@ss word`). Recipients reject@… are refused for good, later@… the first time. Writes each mail,
read by Python's email package, as one line of JSON to RESULTS. Prints its port; ends when its standard input does."""
import warnings

warnings.simplefilter("ignore")

import asyncio, email, email.policy, json, os, ssl, sys

from aiosmtpd.smtp import SMTP, AuthResult

mode, results = sys.argv[1:3]
context = None
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
late = set()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("reject@"):
            return "550 no such user"
        if address.startswith("later@") and address not in late:
            late.add(address)
            return "451 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        with open(results, "a") as file:
            file.write(json.dumps({
                "from": envelope.mail_from, "to": envelope.rcpt_tos, "encrypted": session.ssl is not None or mode.startswith("tls"),
                "user": (session.auth_data or b"").decode() if session.authenticated else None,
                "names": list(message.keys()), "headers": {name: str(value) for name, value in message.items()},
                "defects": [str(each) for each in message.defects], "text": message.get_content(),
                "longest": max(len(line) for line in envelope.original_content.split(b"\r\n")),
            }) + "\n")
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"gate" and data.password == "p@ss word".encode()
    # `handled=False` lets the server answer 535 by itself.
    return AuthResult(success=good, handled=good, auth_data=data.login if good else None)


def factory():
    return SMTP(
        Handler(), hostname="localhost", authenticator=authenticate, auth_required=mode.endswith("-login"),
        auth_require_tls=not mode.startswith("tls"),
        tls_context=context if mode.startswith("starttls") else None, require_starttls=mode.startswith("starttls"))


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(factory, "127.0.0.1", 0, ssl=context if mode.startswith("tls") else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
