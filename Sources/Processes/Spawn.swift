internal import CSpawn
import Core
import Glibc

/// A program just started, as the leader of a session and a process group of its own, and our ends of its pipes.
struct SpawnedProcess: ~Copyable {
  let identifier: pid_t
  var output: OwnedDescriptor
  var errorOutput: OwnedDescriptor
  var input: OwnedDescriptor?
}

/// Starts a program with `posix_spawn`: it has only descriptors 0, 1 and 2, default signal handling and no mask.
///
/// `posix_spawn` of glibc returns after the program was really loaded, so a failure to load is known here.
/// Source: https://man7.org/linux/man-pages/man3/posix_spawn.3.html
func spawn(_ command: Command) throws(Problem) -> SpawnedProcess {
  guard let program = command.arguments.first, !program.isEmpty else {
    throw Problem("process.no-program", "cannot run a command without a program")
  }
  for argument in command.arguments where argument.utf8.contains(0) {
    throw Problem("process.argument", "cannot run \(command.name)", why: "an argument holds a NUL character")
  }
  var variables: [String] = []
  for (name, value) in command.environment.sorted(by: { $0.key < $1.key }) {
    guard !name.isEmpty, !name.utf8.contains(0), !name.contains("="), !value.utf8.contains(0) else {
      throw Problem(
        "process.environment", "cannot run \(command.name)",
        why: "the environment variable \(name.isEmpty ? "without a name" : name) cannot be passed on")
    }
    variables.append(name + "=" + value)
  }
  var status = stat()
  guard stat(command.folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
    throw Problem(
      "process.no-folder", "cannot run \(command.name)", place: command.folder, why: "there is no such folder")
  }
  let path = try ProgramSearch.find(program, environment: command.environment, folder: command.folder)

  let output = try Pipe()
  let errorOutput = try Pipe()
  var input: OwnedDescriptor?
  var theirInput: OwnedDescriptor
  if let feed = command.feed {
    theirInput = try .aboveStandard(taking: try feed.handOver())
  } else if command.input == nil {
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard null >= 0 else { throw systemProblem("open", errno, place: "/dev/null") }
    theirInput = try .aboveStandard(taking: null)
  } else {
    let pipe = try Pipe()
    theirInput = OwnedDescriptor(taking: try copyDescriptor(pipe.readEnd.number))
    input = pipe.takeWriteEnd()
  }

  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addchdir_np(&actions, command.folder)
  posix_spawn_file_actions_adddup2(&actions, theirInput.number, 0)
  posix_spawn_file_actions_adddup2(&actions, output.writeEnd.number, 1)
  posix_spawn_file_actions_adddup2(&actions, errorOutput.writeEnd.number, 2)
  // Libraries may have opened descriptors without O_CLOEXEC.
  posix_spawn_file_actions_addclosefrom_np(&actions, 3)

  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  sigemptyset(&none)
  var all = sigset_t()
  sigfillset(&all)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setsigdefault(&attributes, &all)
  posix_spawnattr_setflags(&attributes, gatehouse_spawn_flags)

  var identifier: pid_t = 0
  var code: Int32 = 0
  // "Text file busy": a script just written may still be open for writing in a child that another thread has forked and
  // that has not loaded its program yet. That lasts a moment, or more on a busy machine
  // (https://github.com/golang/go/issues/22315).
  for _ in 0..<1000 {
    code = withCStrings(command.arguments) { arguments in
      withCStrings(variables) { variables in
        posix_spawn(&identifier, path, &actions, &attributes, arguments, variables)
      }
    }
    guard code == ETXTBSY else { break }
    usleep(1000)
  }
  guard code == 0 else {
    throw Problem(
      "process.spawn", "cannot start \(command.name)", place: path,
      why: code == ENOENT ? "its interpreter (the line after #!) is missing" : String(cString: strerror(code)),
      remedy: code == ENOEXEC ? "begin the script with #!/bin/sh" : nil)
  }
  return SpawnedProcess(
    identifier: identifier, output: output.takeReadEnd(), errorOutput: errorOutput.takeReadEnd(), input: input)
}

extension Pipe {
  consuming func takeWriteEnd() -> OwnedDescriptor { writeEnd }
  consuming func takeReadEnd() -> OwnedDescriptor { readEnd }
}

/// Calls with a NULL-terminated array of C strings, valid during the call.
private func withCStrings<Result>(
  _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return body(pointers)
}
