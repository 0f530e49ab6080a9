"""An HTTP server that misbehaves as its paths say. Prints its port; ends when its standard input does."""
import asyncio, hashlib, json, socket, struct, sys

waiting = []
seen = {"connections": 0}


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    body = await reader.readexactly(length) if length else b""
    return method, target, headers, body


def answer(status, body, headers=()):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"] + [f"{n}: {v}" for n, v in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def reset(writer):
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def tunnel(reader, writer, port):
    """What a proxy does after CONNECT; every name leads to this machine."""
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n")

    async def copy(source, sink):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()

    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer), return_exceptions=True)


async def serve(reader, writer):
    seen["connections"] += 1
    try:
        while True:
            method, target, headers, body = await read_request(reader)
            path, _, query = target.partition("?")
            if target.startswith("http://"):
                writer.write(answer(200, ("proxied " + target).encode()))
            elif method == "CONNECT" and target.startswith("elsewhere.example:"):
                return await tunnel(reader, writer, int(target.rpartition(":")[2]))
            elif method == "CONNECT":
                writer.write(answer(403, b""))
            elif path == "/echo":
                text = json.dumps(
                    {"method": method, "target": target, "headers": headers, "length": len(body),
                     "sha256": hashlib.sha256(body).hexdigest()})
                writer.write(answer(200, text.encode()))
            elif path == "/connections":
                writer.write(answer(200, str(seen["connections"]).encode()))
            elif path == "/headers":
                writer.write(b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n")
                writer.write(answer(200, b"", [("B-First", "1"), ("A-Second", "  2  "), ("B-First", "3"), ("Empty", "")]))
            elif path == "/redirect":
                writer.write(answer(302, b"", [("Location", "/echo")]))
            elif path == "/status":
                writer.write(answer(int(query), b"body of " + query.encode()))
            elif path == "/reset":
                return reset(writer)
            elif path == "/close":
                return
            elif path == "/truncated":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
                return
            elif path == "/truncated-chunked":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                return
            elif path == "/garbage":
                writer.write(b"\x00\x01\x02 what is this\r\n\r\n")
                return
            elif path == "/never":
                await asyncio.sleep(3600)
            elif path == "/begins":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegins")
                await writer.drain()
                await asyncio.sleep(3600)
            elif path == "/large":
                writer.write(answer(200, b"x" * int(query)))
            elif path == "/large-headers":
                writer.write(b"HTTP/1.1 200 OK\r\n")
                for number in range(40):
                    writer.write(f"X-{number}: ".encode() + b"y" * 10000 + b"\r\n")
                writer.write(b"Content-Length: 0\r\n\r\n")
            elif path == "/lines":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for number in range(int(query)):
                    line = f"line {number}\n".encode()
                    writer.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
            elif path == "/together":
                event = asyncio.Event()
                waiting.append(event)
                if len(waiting) == int(query):
                    for each in waiting:
                        each.set()
                    waiting.clear()
                await event.wait()
                writer.write(answer(200, b"together"))
            else:
                writer.write(answer(200, b"hello"))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


import os, resource

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
os._exit(0)
