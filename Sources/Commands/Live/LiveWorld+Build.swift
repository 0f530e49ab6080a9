import Core
import Glibc
import Processes
import Release
import Surroundings
import Vercel

extension LiveWorld {
  /// Runs the team's build with the project's variables, which are in its environment and nowhere else.
  ///
  /// What it prints is kept for the owner of the process, without their values.
  ///
  /// - Returns: Why there is nothing to deploy; `nil` when all commands succeeded.
  func build(_ rules: Project, _ project: VercelProject, _ client: VercelClient, _ run: RunID) async throws(Problem)
    -> Problem?
  {
    guard !rules.build.isEmpty else { return nil }
    let variables = BuildVariables(
      try await named { () async throws(VercelProblem) in try await client.variables(of: project.id) })
    if !variables.unreadable.isEmpty {
      let names = variables.unreadable.joined(separator: ", ")
      progress(Progress(rules.id.text, "Vercel lets nobody read these, and the build runs without them: \(names)"))
    }
    let environment = variables.environment(
      over: installation.commandEnvironment(without: policy.secretReferences))
    let output = PrivateOutput(
      path: try installation.outputFolder(of: run) + "/command-\(rules.id).log",
      hiding: Array(variables.values.values) + (await installation.knownSecrets()))
    for command in rules.build {
      // Both outputs in one, in the order written.
      let built = try await output.take { (take) async throws(Problem) in
        try await installation.processes.stream(
          .shell(
            "exec 2>&1\n" + command, environment: environment, folder: installation.path(rules.path),
            timeout: policy.release.budget.deploy)
        ) { piece in try take(piece) }
      }
      guard built.succeeded else {
        return Problem(
          "build.failed", "the build of \(rules.id) did not succeed", place: rules.path, why: "\(built.ending)",
          remedy: "what it printed is in \(output.path), without the values of variables")
      }
    }
    return nil
  }

  /// Where the files of the deployment come from.
  ///
  /// - Parameter before: The output that was there before the build.
  func source(
    _ rules: Project, _ project: VercelProject, before: DeploymentPlace?
  ) throws(Problem) -> StageOrder.Source {
    guard let wanted = rules.fileSource else {
      guard let link = project.link else {
        throw Problem(
          "vercel.unfit", "\(rules.id) cannot be deployed from its repository", place: project.name,
          why: "`source: git` needs a project that is connected to one, and this one is not",
          remedy: "connect it in the project's settings at Vercel, or let `source` be directory")
      }
      return .repository(link)
    }
    let place: DeploymentPlace
    do throws(VercelProblem) {
      place = try .find(
        wanted, in: installation.path(rules.path), rootDirectory: project.rootDirectory, within: installation.folder)
    } catch { throw error.problem }
    if !rules.build.isEmpty, let stamp = place.outputStamp, stamp == before?.outputStamp {
      throw Problem(
        "build.stale", "the prebuilt output of \(rules.id) is from before this build", place: place.output,
        why: "the commands of `build` did not write it",
        remedy: "let one of them be `vercel build --prod`, or write `source: directory` to deploy the source")
    }
    return .files(place)
  }

  /// What a build has left earlier; a setting that cannot be followed is told when it matters.
  func outputBefore(_ rules: Project, _ project: VercelProject) -> DeploymentPlace? {
    guard let wanted = rules.fileSource, wanted != .directory, !rules.build.isEmpty else { return nil }
    do throws(VercelProblem) {
      return try .find(
        .automatic, in: installation.path(rules.path), rootDirectory: project.rootDirectory,
        within: installation.folder)
    } catch {
      return nil
    }
  }
}

extension Project {
  /// `nil` when Vercel fetches the files itself.
  var fileSource: FileSource? {
    switch source {
    case .automatic: .automatic
    case .directory: .directory
    case .prebuilt: .prebuilt
    case .git: nil
    }
  }
}

/// A file for what a program prints, readable for its owner, with secrets taken out before they reach it.
final class PrivateOutput {
  let path: String
  private var redactor: OutputRedactor
  private var left = 64 << 20

  init(path: String, hiding secrets: [Secret]) {
    self.path = path
    redactor = OutputRedactor(secrets)
  }

  /// Appends what `body` takes in.
  func take<Value>(
    _ body: ((UnsafeRawBufferPointer) throws(Problem) -> Void) async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw problem() }
    defer { close(descriptor) }
    let value = try await body { (piece) throws(Problem) in
      try self.write(self.redactor.pass(piece), to: descriptor)
    }
    try write(redactor.finish(), to: descriptor)
    return value
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) throws(Problem) {
    var rest = bytes.prefix(left)
    left -= rest.count
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw problem()
      }
      rest = rest.dropFirst(written)
    }
  }

  private func problem() -> Problem {
    Problem(
      "build.output", "what the build prints cannot be kept", place: path, why: String(cString: strerror(errno)),
      remedy: "see that the policy's folder may be written")
  }
}
