import Core
import FoundationEssentials
import HTTP
import PolicyFile
import Processes
import Release
import Snapshots
import Store
import Surroundings
import Vercel

/// The one place where live effects are made and wired together: what a verb needs of the world, from its environment.
struct Installation: Sendable {
  let environment: [String: String]
  /// The policy's folder, absolute: everything in the policy is relative to it.
  let folder: String
  var policy: Policy
  var timing: any Timing
  let transport: any HTTPTransport
  let mail: any HTTPTransport & MailTransport
  let connections: ConnectionSettings
  let processes: any ProcessRunner
  let secrets: SecretResolver
  let source: SourceTree
  /// The commit whose files are trusted, such as keys: that of the plan, whatever a build of the run checks out or commits. The
  /// one that is checked out when `nil`.
  var trustedCommit: CommitID?
  let crashPoint: CrashPoint
  /// Whether Vercel and the database are stand-ins of a rehearsal, which the team's commands must not see behind.
  var isRehearsal = false
  /// What opens the encrypted snapshots that this process writes.
  let writtenKeys = WrittenKeys()

  init(policy: Policy, folder: String, environment: [String: String]) throws(Problem) {
    self.policy = policy
    self.folder = folder
    self.environment = environment
    timing = SystemTiming()
    processes = SystemProcessRunner()
    secrets = SecretResolver(environment: environment, folder: folder, processes: processes)
    // Git, and whatever it calls to reach the remote, has no use for the policy's secrets.
    source = SourceTree(
      folder: folder, processes: processes,
      environment: CleanEnvironment.forCommand(environment, removing: policy.secretReferences))
    crashPoint = CrashPoints.point
    let resolve: ResolveMap
    do { resolve = try ResolveMap(environment["GATEHOUSE_RESOLVE"] ?? "") } catch {
      throw Problem(
        "environment.resolve", "GATEHOUSE_RESOLVE cannot be read", why: "\(error)",
        remedy: "write host:port:address:port, several parted by commas")
    }
    connections = ConnectionSettings(resolve: resolve, environment: environment)
    let curl = CurlTransport(connections)
    transport = CrashPointTransport(base: curl, point: crashPoint)
    mail = curl
  }

  /// 64 random bits from the system.
  static let randomBits: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

  func newRun() -> RunID {
    RunID.make(at: timing.now(), random: (Installation.randomBits(), UInt16.random(in: .min ... .max)))
  }

  /// The client for a project, with its token.
  func vercel(
    _ target: VercelTarget, progress: @escaping ProgressSink = { _ in }
  ) async throws(Problem) -> VercelClient {
    let token = try await secrets.resolve(target.token)
    return VercelClient(
      transport: transport, baseURL: try vercelURL(), token: token, team: target.team, timing: timing,
      random: { Double.random(in: 0..<1) }, progress: progress)
  }

  /// `VERCEL_API_URL`, or the vendor's own address. The token is sent there, so plain HTTP is for loopback only.
  private func vercelURL() throws(Problem) -> String {
    guard let text = environment["VERCEL_API_URL"], !text.isEmpty else { return "https://api.vercel.com" }
    guard let address = ServiceAddress(text) else {
      throw Problem(
        "environment.vercel-url", "VERCEL_API_URL is no address that a token may be sent to",
        why: "it must be https://host, or http:// to a loopback host, without a path",
        remedy: "unset VERCEL_API_URL to use the vendor's own")
    }
    return address.base
  }

  /// The private folder for what commands and builds print in a run; made when it is not there.
  func outputFolder(of run: RunID) throws(Problem) -> String {
    let folder = self.folder + "/.gatehouse/output/\(run)"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Problem(
        "check.output-folder", "cannot make the folder for what builds print", place: folder, why: "\(error)",
        remedy: "see that the policy's folder may be written")
    }
    return folder
  }

  /// A folder stands for all that is in it.
  func reportPattern(_ path: String) -> String {
    let full = self.path(path)
    var isFolder = false
    guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), isFolder else { return path }
    return (path.hasSuffix("/") ? String(path.dropLast()) : path) + "/**"
  }

  /// The project's bypass secret, when it has one.
  func bypass(of project: Project) async throws(Problem) -> Secret? {
    guard let reference = project.bypass else { return nil }
    return try await secrets.resolve(reference)
  }

  /// What must never be uploaded with a project (law L9): the folders of snapshots and of the embedded store, wherever
  /// the policy puts them, as patterns relative to the project's folder.
  func keptOutOfDeployments(below project: String) throws(Problem) -> [String] {
    var places = policy.database == nil ? [] : try snapshotFolders()
    if case .embedded(let directory) = policy.store { places.append(path(directory)) }
    return KeptOut.patterns(for: places, below: project)
  }

  /// - Throws: `policy.missing-section` when the policy has no database.
  func database() throws(Problem) -> DatabaseRules {
    guard let database = policy.database else { throw Installation.missing("database") }
    return database
  }

  static func missing(_ section: String) -> Problem {
    Problem(
      "policy.missing-section", "the policy has no section `\(section)`",
      remedy: "add `\(section)`: see docs/reference/policy.md")
  }
}
