import Alerts
import Core
import HTTP
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct OutboxTests {
  /// Answers webhooks as it is told, by host; counts them.
  private final class Scripted: HTTPTransport, MailTransport {
    private let state = Mutex((answers: [String: [Int]](), requests: [HTTPRequest]()))
    init(_ answers: [String: [Int]]) { state.withLock { $0.answers = answers } }
    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
      let status = state.withLock { state -> Int in
        state.requests.append(request)
        return state.answers[request.url]?.isEmpty == false ? state.answers[request.url]?.removeFirst() ?? 0 : 200
      }
      if status == 0 { throw .refused }
      return HTTPResponse(status: status)
    }

    func sendMail(_ mail: MailRequest) async throws(MailFailure) { throw .rejected(reply: 550) }
  }

  private func hook(_ id: String) throws -> Channel {
    try Channel.webhook(id, url: Secret("https://\(id).example/"), secret: Secret("0123456789abcdef"))
  }

  private func store(_ folder: TemporaryFolder, _ timing: ManualTiming) async throws -> SQLiteStore {
    try await SQLiteStore.open(in: folder.path, creating: true, timing: timing)
  }

  @Test func `what was delivered is not sent again, also by another process`() async throws {
    let (folder, timing, transport) = (try TemporaryFolder(), ManualTiming(), Scripted(["https://b.example/": [500]]))
    let channels = [try hook("a"), try hook("b")]
    let first = try await outbox(channels, transport, timing: timing, store: store(folder, timing))
    let report = await first.send(.sample(), within: .milliseconds(10))
    #expect(report.deliveries.map(\.isDelivered) == [true, false])
    #expect(transport.requests.count == 2)

    let kept = try await store(folder, timing)
    try await kept.put(Outbox.kind, "damaged", "no notice")
    let second = try await outbox(channels, transport, timing: timing, store: kept)
    let (reports, problems) = await second.sendPending()
    #expect(problems.map(\.code) == ["store.corrupt"])
    #expect(reports.count == 1)
    #expect(reports.first?.isDeliveredEverywhere == true)
    #expect(reports.first?.deliveries.map(\.attempts) == [1, 2])
    #expect(
      transport.requests.map(\.url).sorted() == ["https://a.example/", "https://b.example/", "https://b.example/"])
    #expect(await second.sendPending().reports == [])
    #expect(await second.send(.sample()).isDeliveredEverywhere)
    #expect(transport.requests.count == 3)
  }

  @Test func `one channel's failure does not hold up the others`() async throws {
    let transport = Scripted(["https://a.example/": [404], "https://b.example/": [0, 0, 0, 0, 0, 0, 0, 0]])
    let mail = try Channel.mail("m", url: Secret("smtps://mail.example"), from: "a@b.example", to: ["c@d.example"])
    let report = try await outbox([hook("a"), hook("b"), hook("c"), mail], transport).send(
      .sample(), within: .seconds(5))
    #expect(report.deliveries.map(\.channel) == ["a", "b", "c", "m"])
    #expect(report.deliveries.map(\.isDelivered) == [false, false, true, false])
    #expect(report.problems.map(\.code) == ["alerts.refused", "alerts.undelivered", "alerts.refused"])
  }

  @Test func `a store that fails is told and does not keep a notice back`() async throws {
    let transport = Scripted([:])
    let report = try await outbox([hook("a")], transport, store: BrokenStore()).send(.sample())
    #expect(report.isDeliveredEverywhere)
    #expect(report.recordProblem?.code == "store.unavailable")
    #expect(report.problems.count == 1)
  }

  @Test func `a secret that came into a notice goes no further`() async throws {
    let (folder, timing, transport) = (try TemporaryFolder(), ManualTiming(), Scripted([:]))
    let kept = try await store(folder, timing)
    let box = try await outbox([hook("a")], transport, timing: timing, store: kept, secrets: [Secret("hunter22")])
    _ = await box.send(.sample(title: "login hunter22 failed", lines: ["hunter22hunter22"]))
    guard case .bytes(let body)? = transport.requests.first?.body else {
      Issue.record("nothing was sent")
      return
    }
    let text = String(decoding: body, as: UTF8.self)
    #expect(text.contains("login ‹secret› failed"))
    #expect(!text.contains("hunter22"))
    #expect(try await kept.documents(Outbox.kind).allSatisfy { !$0.document.text().contains("hunter22") })
  }

  @Test func `a notice without channels is kept nowhere and fails nowhere`() async throws {
    let report = try await outbox([], Scripted([:])).send(.sample())
    #expect(report.deliveries.isEmpty)
    #expect(report.problems.isEmpty)
  }

  @Test func `an interrupted delivery stays pending`() async throws {
    let box = try await outbox([hook("a")], Scripted(["https://a.example/": [500, 500]]))
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return await box.send(.sample())
    }
    task.cancel()
    #expect(await task.value.deliveries.first?.state == .pending(why: "interrupted"))
  }

  @Test func `channels are made ready one by one, and each that cannot be is told`() async {
    var rules = AlertRules()
    rules.channels = [
      AlertChannel(id: "a", kind: .webhook(url: .environment("URL"), secret: .environment("KEY"))),
      AlertChannel(id: "b", kind: .webhook(url: .environment("ABSENT"), secret: .environment("KEY"))),
      AlertChannel(id: "c", kind: .smtp(url: .environment("MAIL"), from: nil, to: ["x@y.example"])),
      AlertChannel(id: "d", kind: .smtp(url: .environment("MAIL"), from: nil, to: ["x@y.example\r\nRCPT TO:<z@z>"])),
    ]
    let values = [
      "URL": "https://a.example/", "KEY": "0123456789abcdef", "MAIL": "smtps://u%40v.example:pw@mail.example",
    ]
    let (channels, problems) = await Channel.ready(rules) { reference throws(Problem) in
      guard case .environment(let name) = reference, let value = values[name] else { throw Problem("x", "absent") }
      return Secret(value)
    }
    #expect(channels.map(\.id) == ["a", "c"])
    #expect(problems.map(\.code) == ["x", "alerts.recipient"])
  }

  @Test(arguments: [
    "smtp://", "mail.example", "http://mail.example", "smtps://a b@mail.example", "smtps://%zz@m.example",
    "smtps://u:%0d%0a@m.example", "smtps://m.example:0", "smtps://m.example/path",
  ])
  func `an address of a mail server that cannot be is refused and not shown`(url: String) {
    #expect {
      try Channel.mail("m", url: Secret(url), from: "a@b.example", to: ["c@d.example"])
    } throws: { ($0 as? Problem)?.code == "alerts.address" && ($0 as? Problem)?.description.contains(url) == false }
  }
}

/// Every call fails.
private struct BrokenStore: Store {
  let place = "nowhere"
  private var failure: StoreProblem { .unavailable(place: place, why: "it is broken") }
  func append(_: JSON, to _: RunID, at _: Int, lease _: Lease) async throws(StoreProblem) { throw failure }
  func records(of _: RunID) async throws(StoreProblem) -> [JSON] { throw failure }
  func runs(limit _: Int) async throws(StoreProblem) -> [RunID] { throw failure }
  func acquire(
    _: String, holder _: LeaseHolder, for _: Duration, isGone _: @Sendable (LeaseHolder) -> Bool
  ) async throws(StoreProblem) -> LeaseOutcome { throw failure }
  func renew(_: Lease, for _: Duration) async throws(StoreProblem) -> Lease { throw failure }
  func release(_: Lease) async throws(StoreProblem) { throw failure }
  func holder(of _: String) async throws(StoreProblem) -> LeaseHolder? { throw failure }
  func put(_: String, _: String, _: JSON) async throws(StoreProblem) { throw failure }
  func add(_: String, _: String, _: JSON) async throws(StoreProblem) -> Bool { throw failure }
  func document(_: String, _: String) async throws(StoreProblem) -> JSON? { throw failure }
  func documents(
    _: String, newestFirst _: Bool, limit _: Int
  ) async throws(StoreProblem) -> [(id: String, document: JSON)] { throw failure }
}
