// The whole program, with one difference: at the nth interesting point, counted from 0, it kills itself as `kill -9` would.
//   GATEHOUSE_KILL_AT=n       where it dies, or the name of the point, at which it dies the first time
//   GATEHOUSE_KILL_TRACE=file the names of the points reached, one a line
import Commands
import Core
import Glibc
import Synchronization

let reached = Mutex(0)
let fatal = getenv("GATEHOUSE_KILL_AT").map { String(cString: $0) }
let trace = getenv("GATEHOUSE_KILL_TRACE").map { open(String(cString: $0), O_WRONLY | O_CREAT | O_APPEND, 0o600) }

let code = await CrashPoints.$point.withValue({ name in
  reached.withLock { count in
    if let trace {
      let line = Array((name + "\n").utf8)
      _ = line.withUnsafeBytes { write(trace, $0.baseAddress, $0.count) }
    }
    if fatal == String(count) || fatal == name { kill(getpid(), SIGKILL) }
    count += 1
  }
}) {
  await Gatehouse.run(Array(CommandLine.arguments.dropFirst()))
}
exit(code.rawValue)
