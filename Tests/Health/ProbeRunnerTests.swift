import Core
import Glibc
import HTTP
import Health
import JSONText
import Postgres
import TestSupport
import Testing

/// Probes against real servers.
@Suite struct ProbeRunnerTests {
  private static let server = Result { try BackgroundProgram.python("probe-server.py") }
  private static let certificates = Result { try TestCertificates() }

  private func runner(_ environment: [String: String] = [:]) -> ProbeRunner {
    let settings = ConnectionSettings(environment: environment)
    return ProbeRunner(
      transport: CurlTransport(settings), settings: settings, timing: RealTiming(), random: { .random(in: 0 ... .max) })
  }

  /// The path at which the server says that.
  private func path(_ say: JSON) -> String {
    let hexadecimal = Array("0123456789ABCDEF")
    return say.text().utf8.reduce(into: "/say/") { path, byte in
      path += "%" + String(hexadecimal[Int(byte >> 4)]) + String(hexadecimal[Int(byte & 15)])
    }
  }

  private func look(
    at say: JSON, timeout: Duration = .seconds(10), bypass: Secret? = nil, expect: Core.Expectation = Core.Expectation()
  ) async throws -> Sample {
    let port = try Self.server.get().port
    let place = ProbePlace(
      .production,
      projects: [
        "api": ProjectPlace(addresses: [try #require(ServiceAddress("127.0.0.1:\(port)"))], bypass: bypass)
      ])
    var probe = ProbeRules(id: "p", target: .project("api", path: path(say), method: "GET"))
    probe.expect = expect
    probe.timeout = timeout
    return await runner().sample(probe, at: place, every: .seconds(30))
  }

  @Test func `a good answer is well, with its phases`() async throws {
    var expect = Core.Expectation()
    expect.json = [.init(pointer: "$.status", good: ["ok"])]
    let sample = try await look(at: ["body": #"{"status":"ok"}"#], expect: expect)
    #expect(sample.verdict == .well)
    #expect(sample.timing?.total ?? .zero > .zero)
    #expect(sample.latency == sample.timing?.total)
  }

  static let bad: [(JSON, Sample.Cause)] = [
    (["status": 503], .status), (["reset": true], .reset), (["cut": true, "body": "abc"], .truncated),
    (["delay": 30], .timeout), (["status": 302], .redirect),
  ]

  @Test(arguments: bad)
  func `a bad answer is unwell`(say: JSON, cause: Sample.Cause) async throws {
    let sample = try await look(at: say, timeout: .milliseconds(say["delay"] == nil ? 10_000 : 300))
    #expect(sample.verdict == .unwell)
    #expect(sample.cause == cause)
  }

  @Test func `the wall is blind and the bypass opens it`() async throws {
    #expect(try await look(at: ["bypass": "s3"]).cause == .protected)
    #expect(try await look(at: ["bypass": "s3"], bypass: Secret("wrong")).verdict == .blind)
    #expect(try await look(at: ["bypass": "s3"], bypass: Secret("s3")).verdict == .well)
  }

  @Test func `nobody listening is unwell and a name that leads nowhere is blind`() async throws {
    func look(_ address: String) async throws -> Sample {
      let place = ProbePlace(
        .production, projects: ["api": ProjectPlace(addresses: [try #require(ServiceAddress(address))])])
      return await runner().sample(
        ProbeRules(id: "p", target: .project("api", path: "/", method: "GET")), at: place, every: .seconds(30))
    }
    #expect(try await look("127.0.0.1:1").cause == .refused)
    #expect(try await look("nowhere.invalid").verdict == .blind)
  }

  @Test func `a proxy that is away is blind`() async throws {
    let sample = await runner(["HTTPS_PROXY": "http://127.0.0.1:1"]).sample(
      ProbeRules(id: "p", target: .url("https://health.example/", method: "GET")), at: ProbePlace(.production),
      every: .seconds(30))
    #expect(sample.cause == .proxy)
    #expect(sample.verdict == .blind)
  }

  // MARK: TLS

  @Test(
    arguments: [
      ("good", Wellness.well, nil), ("expired", .unwell, .tlsExpired), ("soon", .unwell, .tlsExpiring),
      ("wrong-name", .unwell, .tlsName), ("self-signed", .unwell, .tlsVerification),
    ] as [(String, Wellness, Sample.Cause?)])
  func `a served certificate is judged`(kind: String, verdict: Wellness, cause: Sample.Cause?) async throws {
    let certificates = try Self.certificates.get()
    let (program, port) = try certificates.serve(kind)
    defer { withExtendedLifetime(program) {} }
    var probe = ProbeRules(id: "t", target: .tls("localhost:\(port)"))
    probe.expect.expiresIn = Limit(.atLeast, 14 * 86_400, .duration, text: ">= 14d")
    let sample = await runner(["SSL_CERT_FILE": certificates.authority]).sample(
      probe, at: ProbePlace(.production), every: .seconds(30))
    #expect(sample.verdict == verdict, "\(sample.reason)")
    #expect(sample.cause == cause)
  }

  // MARK: SQL

  private func ask(
    _ sql: String, _ database: Secret, timeout: Duration = .seconds(10),
    expect: (inout Core.Expectation) -> Void = { _ in }
  ) async -> Sample {
    var probe = ProbeRules(id: "s", target: .sql(sql))
    expect(&probe.expect)
    probe.timeout = timeout
    return await runner().sample(probe, at: ProbePlace(.production, database: database), every: .seconds(30))
  }

  @Test func `a statement is judged by its figure, which is all that is shown`() async throws {
    let database = try await ThrowawayPostgres.database("probe")
    try await withConnection(database) { (connection: Connection) throws(PostgresError) in
      try await connection.run("CREATE TABLE patients(name text); INSERT INTO patients VALUES ('Ana')")
    }
    let atLeastOne = { (expect: inout Core.Expectation) in expect.value = Limit(.atLeast, 1, text: ">= 1") }
    #expect(await ask("SELECT 1", database).verdict == .well)
    let good = await ask("SELECT count(*) FROM patients", database, expect: atLeastOne)
    #expect(good.verdict == .well)
    #expect(good.reason.hasPrefix("1 in "))
    let few = await ask("SELECT 0.5", database, expect: atLeastOne)
    #expect(few.cause == .value)
    #expect(few.reason.hasPrefix("0.5 in ") && few.reason.hasSuffix(", asked >= 1"))
    let text = await ask("SELECT name FROM patients", database, expect: atLeastOne)
    #expect(text.reason.hasSuffix("no number"))
    #expect(!text.reason.contains("Ana"))
    #expect(await ask("SELECT 1 WHERE false", database, expect: atLeastOne).reason.hasSuffix("no row"))
    #expect(await ask("SELECT true", database, expect: atLeastOne).verdict == .well)
    let missing = await ask("SELECT count(*) FROM gone", database)
    #expect(missing.verdict == .unwell)
    #expect(missing.reason.contains("42P01"))
  }

  @Test(arguments: [
    "INSERT INTO t VALUES (1) RETURNING 1", "DROP TABLE t", "CREATE TABLE u()", "SELECT 1; COMMIT; DROP TABLE t",
    "SELECT setval('t_n_seq', 5)",
  ])
  func `a probe cannot change the database`(sql: String) async throws {
    let database = try await ThrowawayPostgres.database("probe")
    try await withConnection(database) { (connection: Connection) throws(PostgresError) in
      try await connection.run("CREATE TABLE t(n serial)")
    }
    #expect(await ask(sql, database).verdict == .blind)
    let left = try await withConnection(database) { (connection: Connection) throws(PostgresError) in
      try await connection.query("SELECT count(*) FROM t").first
    }
    #expect(left == "0")
  }

  @Test func `a slow statement is cancelled and unwell, a login refused is blind, a closed port unwell`() async throws {
    let database = try await ThrowawayPostgres.database("probe")
    let slow = await ask("SELECT pg_sleep(60)", database, timeout: .milliseconds(300))
    #expect(slow.verdict == .unwell)
    #expect(slow.cause == .timeout)
    #expect(await ask("SELECT 1", Secret("postgresql://a:b@127.0.0.1:1/c")).cause == .refused)
    #expect(await ask("SELECT 1", Secret("postgresql://a:b@nowhere.invalid/c")).verdict == .blind)
    let address = try ConnectionAddress(database)
    let stranger = Secret("host=\(try #require(address.host)) dbname=postgres user=nobody_of_that_name")
    let refused = await ask("SELECT 1", stranger)
    #expect(refused.verdict == .blind, "\(refused.reason)")
  }
}

/// The machine's steady clock, for what is really measured.
private struct RealTiming: Timing {
  func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec))
  }
  func steady() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
  func sleep(for duration: Duration) async throws { try await ContinuousClock().sleep(for: duration) }
}
