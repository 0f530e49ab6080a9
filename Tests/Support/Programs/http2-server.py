"""nghttpd, an HTTP/2 server that is not ours: FOLDER CHAIN KEY. Echoes what is sent to it. Prints its port, or `absent`
when the machine has none; ends when its standard input does."""
import ctypes, os, shutil, socket, subprocess, sys, time

program = shutil.which("nghttpd", path=os.environ.get("PATH", "") + ":/usr/sbin")
if program is None:
    print("absent", flush=True)
    sys.exit()
folder, chain, key = sys.argv[1:4]
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
server = subprocess.Popen(
    [program, "--address=127.0.0.1", "--htdocs=" + folder, "--echo-upload", str(port), key, chain],
    # PR_SET_PDEATHSIG: it ends with this program, also when that is killed.
    preexec_fn=lambda: ctypes.CDLL(None).prctl(1, 9), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
for _ in range(400):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        print(port, flush=True)
        break
    except OSError:
        time.sleep(0.025)
sys.stdin.read()
server.kill()
os._exit(0)
