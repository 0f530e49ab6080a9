import Core
import Glibc
import HTTP
import Standins
import Synchronization
import TestSupport
import Testing

@testable import Vercel

/// Fails three in ten requests, the same ones in every run.
private struct Storm: HTTPTransport {
  let base: any HTTPTransport
  let requests = Counter()

  final class Counter: Sendable {
    let byDigest = Mutex<[String: Int]>([:])
    let all = Mutex(0)
  }

  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
    let number = requests.all.withLock { count in
      count += 1
      return count
    }
    if let digest = request.headers.first(where: { $0.name == "x-vercel-digest" })?.value {
      requests.byDigest.withLock { $0[digest, default: 0] += 1 }
      switch number % 10 {
      case 1: throw .reset
      case 4: return HTTPResponse(status: 503)
      case 7: throw .timeout
      default: break
      }
    }
    return try await base.send(request)
  }
}

@Suite struct `Uploading` {
  private func client(
    of standin: VercelStandin, _ transport: any HTTPTransport = CurlTransport(environment: [:]), told: Told = Told()
  ) -> VercelClient {
    VercelClient(
      transport: transport, baseURL: standin.apiURL, token: Secret(standin.token), team: "acme",
      timing: ManualTiming(), random: { 0 }, progress: { told.take($0) })
  }

  private func standin(_ change: (inout StandinConfiguration) -> Void = { _ in }) async throws -> VercelStandin {
    var configuration = StandinConfiguration(projects: [
      ProjectSeed("api", releases: [String(repeating: "1", count: 40)])
    ])
    change(&configuration)
    return try await VercelStandin.start(configuration)
  }

  private func order(_ folder: String, _ run: RunID = "01RUN") -> StageOrder {
    StageOrder(
      mark: DeploymentMark(run: run, project: "api", commit: stagedCommit, plan: "6f02"), project: "prj_api",
      name: "api", source: .files(DeploymentPlace(root: folder)))
  }

  @Test func `a storm of failures is survived, and no content is sent more often than its budget`() async throws {
    let folder = try TemporaryFolder()
    for index in 0..<200 { try folder.write("content \(index)", to: "d\(index % 5)/\(index)") }
    let standin = try await standin()
    let storm = Storm(base: CurlTransport(environment: [:]))
    let staged = try await client(of: standin, storm).stage(order(folder.path))
    #expect(staged.state == .ready)
    let sent = storm.requests.byDigest.withLock { $0 }
    #expect(sent.count == 200)
    #expect(sent.values.allSatisfy { $0 <= RetryBudget().attempts + 3 })
    #expect(sent.values.reduce(0, +) > 200)
    #expect(standin.withWorld { $0.files.count } == 200)
    await standin.stop()
  }

  @Test func `a service that only fails is left after a bounded number of requests`() async throws {
    let folder = try TemporaryFolder()
    for index in 0..<100 { try folder.write("content \(index)", to: "\(index)") }
    let standin = try await standin()
    standin.fail(Fault("POST", "/v2/files", .respond(APIAnswer(status: 503)), count: nil))
    let found = await problem { () async throws(VercelProblem) in
      try await client(of: standin).stage(order(folder.path))
    }
    #expect(found?.kind == .serverError)
    #expect(standin.seen.count { $0.path == "/v2/files" } <= 100 + 20 + 100)
    await standin.stop()
  }

  @Test func `an upload that ran into the day's limit goes on the next day where it was`() async throws {
    let folder = try TemporaryFolder()
    for index in 0..<40 { try folder.write("content \(index)", to: "\(index)") }
    let standin = try await standin { $0.uploadsADay = 25 }
    let told = Told()
    let client = client(of: standin, told: told)
    let found = await problem { () async throws(VercelProblem) in try await client.stage(order(folder.path)) }
    #expect(found?.kind == .rateLimited)
    #expect(found?.vendorCode == "api-upload-paid")
    #expect(found?.why.contains("what has been uploaded stays") == true)
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(standin.withWorld { $0.files.count } == 25)
    // Warned of before it was hit, by what the service itself says.
    #expect(told.lines.contains { $0.contains("more uploads for now") })
    // Nothing is asked again for the day, but by those that were on their way.
    #expect(standin.seen.count { $0.status == 429 } <= VercelClient.uploadsAtOnce)
    let before = standin.seen.count
    standin.withWorld { $0.advanceClock(milliseconds: 86_400_000) }
    #expect(try await client.stage(order(folder.path)).state == .ready)
    #expect(standin.seen.dropFirst(before).count { $0.path == "/v2/files" } == 15)
    await standin.stop()
  }

  @Test func `what a plan allows in a day is known before anything is sent`() throws {
    #expect(throws: VercelProblem.self) { try UploadCap.note(5_001, plan: "hobby", "upload") }
    #expect(try UploadCap.note(2_501, plan: "hobby", "upload") == "2501 of the 5000 uploads that the plan allows a day")
    #expect(try UploadCap.note(2_500, plan: "hobby", "upload") == nil)
    #expect(try UploadCap.note(15_000, plan: "pro", "upload") == nil)
    #expect(try UploadCap.note(20_001, plan: "enterprise", "upload") != nil)
    #expect(try UploadCap.note(2_501, plan: nil, "upload")?.contains("cannot be read") == true)
    #expect(try UploadCap.note(1_000, plan: nil, "upload") == nil)
  }

  @Test func `the plan is read where the token may read it`() async throws {
    let standin = try await standin {
      $0.plan = "hobby"
      $0.tokens.append(StandinToken("narrow", reach: .project("api")))
    }
    #expect(try await client(of: standin).plan() == "hobby")
    let narrow = VercelClient(
      transport: CurlTransport(environment: [:]), baseURL: standin.apiURL, token: Secret("narrow"), team: "acme",
      timing: ManualTiming(), random: { 0 })
    #expect(try await narrow.plan() == nil)
    await standin.stop()
  }

  @Test func `a deployment that a plan cannot take in a day is refused before its first upload`() async throws {
    let transport = ScriptedTransport(["GET /v2/teams/acme": [.answer(200, ["billing": ["plan": "hobby"]])]])
    let files = (0..<5_001).map { index in
      DeploymentFile(path: "\(index)", content: .link([]), size: 0, mode: 0o120777, sha1: "digest\(index)")
    }
    let all = DeploymentFiles(
      files: files, isPrebuilt: false, secretsLeftOut: [], otherLeftOut: [], loose: [], alike: [])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport).upload(files.map(\.sha1), of: all, name: "web")
    }
    #expect(found?.kind == .rateLimited)
    #expect(
      found?.why == "5001 files have to be uploaded, and the plan allows 5000 uploads a day; nothing was uploaded")
    #expect(transport.lines == ["GET /v2/teams/acme"])
  }

  @Test func `a prebuilt output is announced as one`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"version\":3}", to: ".vercel/output/config.json")
    try folder.write("<p>", to: ".vercel/output/static/index.html")
    let standin = try await standin()
    var order = order(folder.path)
    order.source = .files(
      try .find(.prebuilt, in: folder.path, rootDirectory: nil, within: folder.path))
    #expect(try await client(of: standin).stage(order).state == .ready)
    let asked = try #require(standin.seen.first { $0.path == "/v13/deployments" })
    #expect(asked.query.contains("prebuilt=1"))
    await standin.stop()
  }

  // MARK: Changes

  private func missing(_ digests: String...) -> JSON {
    ["error": ["code": "missing_files", "missing": .strings(digests)]]
  }

  @Test func `a file that changed since it was hashed is not sent`() async throws {
    let stage = try Stage()
    let (path, answer) = (stage.folder.path + "/a.txt", missing(helloSHA))
    stage.transport.set(
      createLine,
      [
        .react { _ in
          // The same length, and time for another stamp even on a coarse clock.
          rewrite(path, "HELLO")
          return .answer(400, answer)
        }
      ])
    let found = await stage.problem()
    #expect(found?.kind == .files)
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(stage.transport.count("POST /v2/files") == 0)
  }

  @Test func `a file that changes while it is sent is found, although the service took it`() async throws {
    let stage = try Stage()
    let path = stage.folder.path + "/a.txt"
    stage.transport.set(
      createLine, [.answer(400, missing(helloSHA)), .answer(200, deploymentJSON("dpl_new", "QUEUED"))])
    stage.transport.set(
      "POST /v2/files",
      [
        .react { _ in
          rewrite(path, "HELLO")
          return .answer(200, nil)
        }
      ])
    #expect(await stage.problem()?.kind == .files)
    #expect(stage.creations == 1)
  }

  // MARK: One wait for all, one line for people

  @Test func `what one is asked to wait, all wait, and all together are bounded`() {
    let gate = RetryGate(retries: 2)
    #expect(gate.delay(at: .seconds(5)) == nil)
    gate.hold(until: .seconds(30))
    gate.hold(until: .seconds(20))
    #expect(gate.delay(at: .seconds(10)) == .seconds(20))
    #expect(gate.delay(at: .seconds(30)) == nil)
    #expect([gate.takeRetry(), gate.takeRetry(), gate.takeRetry()] == [true, true, false])
  }

  @Test func `the progress says files, bytes, rate and time left, and not too often`() {
    let (timing, told) = (ManualTiming(), Told())
    let meter = UploadMeter("web", files: 3, bytes: 40 << 20, timing: timing, progress: { told.take($0) })
    meter.begin(of: 9)
    meter.begins("a", size: 20 << 20)
    meter.begins("b", size: 20 << 20)
    meter.sent("a", 5 << 20)
    #expect(told.lines.count == 1)
    timing.advance(by: .seconds(10))
    meter.sent("a", 5 << 20)
    meter.sent("b", 1 << 20)
    // Sent again: never more than there is.
    meter.sent("a", 90 << 20)
    timing.advance(by: .seconds(10))
    meter.ends("a")
    meter.ends("b")
    #expect(meter.remaining(0) == "Vercel takes 0 more uploads for now, and 1 are left to send")
    #expect(meter.remaining(0) == nil)
    meter.end()
    #expect(
      told.lines == [
        "web: uploading 3 of 9 files, 40.0 MiB",
        "web: uploading: 0 of 3 files, 10.0 MiB of 40.0 MiB, 1.0 MiB/s, 30 s left",
        "web: uploading: 1 of 3 files, 21.0 MiB of 40.0 MiB, 1.0 MiB/s, 19 s left",
        "web: uploaded 3 files, 40.0 MiB, 2.0 MiB/s",
      ])
  }
}

/// Writes another content of the same length; its time of change is another one for certain.
private func rewrite(_ path: String, _ text: String) {
  guard case .success(let before) = FileStamp.of(path) else { return }
  while FileStamp.of(path) == .success(before) {
    let descriptor = open(path, O_WRONLY)
    _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }
}
