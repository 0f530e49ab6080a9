import Core
import FoundationEssentials
import Postgres
import Processes
import Snapshots
import Standins
import Synchronization
import TestSupport
import Testing

/// Law L9, by looking for the values everywhere.
@Suite(.inTurn) struct `Secrets and patients` {
  enum Way: String, CaseIterable, Sendable { case good, ill, migrationFails }

  private static let token = "vercel-token-5f1c0ffee"
  private static let bypass = "bypass-secret-77aa11bb"
  private static let key = "whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLTQy"
  private static let password = "dbpass-Zx81kqPw"
  private static let hook = "hook-path-9e8d7c"

  @Test(arguments: Way.allCases)
  func `stay where they are`(_ way: Way) async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.token = `Secrets and patients`.token
      $0.checklist = """
          - { id: projects, check: vercel-projects }
          - { id: variables, check: environment-variables }
          - { id: migrations, check: migrations }
          - { id: unit, check: command, run: "env; cat /proc/$PPID/cmdline; grep -Eq '^Max core file size +[01] +[01] ' /proc/$PPID/limits" }
        """
      $0.api = """
            bypass: { env: BYPASS }
            variables: { production: [JWT_SECRET] }
            build: 'printf %s "$JWT_SECRET" | sha1sum | grep -q 67d0e01ea56e88a3c259638b86c6ea240b1dc837 && env && env >&2'
        """
      $0.seed = {
        $0.protection = Protection(
          wall: .page, bypassSecrets: $0.name == "clinic-api" ? [`Secrets and patients`.bypass] : [])
        if $0.name == "clinic-web" { $0.protection = Protection() }
        $0.variables = [StandinVariable("JWT_SECRET", "jwt-value-31337", targets: ["production"])]
        $0.pages = [
          PageRule("/api/health/database", [.json(["status": "ok", "patient": "Joana Guimarães 7"])])
        ]
      }
      if way == .migrationFails {
        // The server's DETAIL line names a patient.
        $0.files["migrations/003_unique.up.sql"] = "CREATE UNIQUE INDEX one_name ON patients (name);\n"
        $0.files["migrations/003_unique.down.sql"] = "DROP INDEX one_name;\n"
      }
      $0.sections = """
        alerts:
          channels:
            - { id: hook, webhook: { env: HOOK_URL }, secret: { env: HOOK_KEY } }
        """
    }
    if way == .ill {
      var rule = PageRule(
        "/api/health/database",
        [
          .json(["status": "fail", "patient": "Joana Guimarães 9"], status: 503)
        ])
      (rule.project, rule.commit, rule.way) = ("clinic-api", clinic.commit, .alias)
      clinic.standin.serve(rule)
    }
    let url = try #require(clinic.database).reveal()
    let at = try #require(url.firstIndex(of: "@"))
    let withPassword = url[..<at] + ":" + `Secrets and patients`.password + url[at...]
    let scratch = try await ThrowawayPostgres.server().url().reveal()
    let scratchAt = try #require(scratch.firstIndex(of: "@"))
    let (program, port) = try BackgroundProgram.python("webhook-receiver.py", [`Secrets and patients`.key])
    defer { withExtendedLifetime(program) {} }
    let arguments = Arguments()
    async let watching: Void = arguments.record()
    let ended = try await clinic.run(
      "deploy",
      with: [
        "BYPASS": `Secrets and patients`.bypass,
        "DATABASE_URL": String(withPassword),
        "SCRATCH_URL": String(scratch[..<scratchAt] + ":" + `Secrets and patients`.password + scratch[scratchAt...]),
        "HOOK_URL": "http://127.0.0.1:\(port)/gone?\(`Secrets and patients`.hook)",
        "HOOK_KEY": `Secrets and patients`.key,
      ])
    let explained = try await clinic.run("explain")
    arguments.stop()
    await watching
    let expected: [Way: Int32] = [.good: 0, .ill: 6, .migrationFails: 4]
    #expect(ended.exit == expected[way], "\(ended)")

    var places = ["stdout": ended.output, "stderr": ended.words, "explain": explained.output + explained.words]
    places["argument lists"] = arguments.seen
    #expect(arguments.seen.contains("gatehouse") && arguments.seen.contains("pg_dump"), "nothing was recorded")
    for (name, text) in try files(clinic.folder.path + "/.gatehouse") { places[name] = text }
    #expect(places.keys.contains { $0.contains("snapshots/") && $0.hasSuffix(".json") })
    // The build had the variable, printed it twice, and what is kept of it says so.
    let built = places.first { $0.key.hasSuffix("/command-api.log") }?.value ?? ""
    #expect(built.components(separatedBy: "JWT_SECRET=‹secret›\n").count == 3, "\(built.count) bytes")
    for (place, text) in places {
      for secret in [
        `Secrets and patients`.token, `Secrets and patients`.bypass, `Secrets and patients`.password,
        `Secrets and patients`.key, String(`Secrets and patients`.key.dropFirst(6)), `Secrets and patients`.hook,
        "jwt-value-31337",
      ] { #expect(!text.contains(secret), "\(place) holds \(secret)") }
      #expect(!text.contains("Joana"), "\(place) holds a row or a body")
    }
  }

  /// Every file but the dumps themselves, as text.
  private func files(_ folder: String) throws -> [(String, String)] {
    var found: [(String, String)] = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let path = folder + "/" + name
      var isFolder = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder else { continue }
      guard let bytes = FileManager.default.contents(atPath: path) else { continue }
      found.append((name, String(decoding: bytes, as: UTF8.self)))
    }
    return found
  }
}

/// The argument lists of all processes of this machine, read again and again.
private final class Arguments: Sendable {
  private struct State {
    var lists: Set<String> = []
    var isOver = false
  }
  private let state = Mutex(State())

  var seen: String { state.withLock { $0.lists.sorted().joined(separator: "\n") } }
  func stop() { state.withLock { $0.isOver = true } }

  func record() async {
    while !state.withLock({ $0.isOver }) {
      // A process that is gone meanwhile has no list.
      let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      for process in processes where process.allSatisfy(\.isNumber) {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { continue }
        // The receiver's own list holds the key.
        let list = String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
        if !list.contains("webhook-receiver") { state.withLock { _ = $0.lists.insert(list) } }
      }
      do { try await Task.sleep(for: .milliseconds(4)) } catch { return }
    }
  }
}
