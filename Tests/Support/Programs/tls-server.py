"""A TLS server: CHAIN KEY. Answers every request with 200. Prints its port; ends when its standard input does."""
import os, socket, ssl, sys, threading

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(listener.getsockname()[1], flush=True)


def serve(raw):
    try:
        with context.wrap_socket(raw, server_side=True) as connection:
            while data := connection.recv(65536):
                if b"\r\n\r\n" in data:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    except OSError:
        pass


def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
sys.stdin.read()
os._exit(0)
