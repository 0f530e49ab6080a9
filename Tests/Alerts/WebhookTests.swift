import Alerts
import Core
import HTTP
import JSONText
import OpenSSL
import TestSupport
import Testing

@Suite struct WebhookTests {
  private static let key = "whsec_" + Base64.encode(Array("0123456789abcdef01234567".utf8))

  private struct Receiver {
    let program: BackgroundProgram
    let port: Int
    init() throws { (program, port) = try BackgroundProgram.python("webhook-receiver.py", [WebhookTests.key]) }
    func channel(_ path: String, secret: String = WebhookTests.key) throws -> Channel {
      try Channel.webhook("hook", url: Secret("http://127.0.0.1:\(port)\(path)"), secret: Secret(secret))
    }
    func seen() async throws -> [JSON] {
      let answer = try await CurlTransport().send(HTTPRequest("GET", "http://127.0.0.1:\(port)/seen"))
      return try JSON(parsing: answer.body).array ?? []
    }
  }

  @Test func `a receiver that is not ours finds the signature right`() async throws {
    let receiver = try Receiver()
    let timing = ManualTiming()
    let report = try await outbox([receiver.channel("/hook")], CurlTransport(), timing: timing).send(.sample())
    #expect(report.deliveries == [Delivery(channel: "hook", state: .delivered(at: timing.now()), attempts: 1)])
    let seen = try await receiver.seen()
    #expect(seen.count == 1)
    #expect(seen.first?["signed"] == true)
    #expect(seen.first?["id"]?.string == "01JD-rolled-back")
    #expect(seen.first?["timestamp"]?.integer == timing.now().milliseconds / 1000)
    #expect(seen.first?["body"]?["type"]?.string == "gatehouse.rolled-back")
    #expect(seen.first?["body"]?["data"]?["title"]?.string == "Rolled back: produção is as before")
    #expect(seen.first?["body"]?["data"]?["run"]?.string == "01JD")
  }

  @Test func `a wrong key is found wrong`() async throws {
    let receiver = try Receiver()
    _ = try await outbox([receiver.channel("/hook", secret: "another secret of some length")], CurlTransport()).send(
      .sample())
    #expect(try await receiver.seen().first?["signed"] == false)
  }

  @Test func `the signature is that of the specification's example`() async throws {
    // https://github.com/standard-webhooks/standard-webhooks: the libraries' own test vector.
    let signature = Base64.encode(
      hmacSHA256(
        key: try #require(Base64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
        message: Array(#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#.utf8)))
    #expect(signature == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func `a receiver that is busy is asked again after the time it says, with the same id`() async throws {
    let receiver = try Receiver()
    let timing = ManualTiming()
    let report = try await outbox([receiver.channel("/flaky?2")], CurlTransport(), timing: timing).send(.sample())
    #expect(report.isDeliveredEverywhere)
    #expect(report.deliveries.first?.attempts == 3)
    #expect(timing.slept == [.seconds(7), .seconds(7)])
    let seen = try await receiver.seen()
    #expect(Set(seen.compactMap { $0["id"]?.string }).count == 1)
    #expect(seen.allSatisfy { $0["signed"] == true })
    #expect(Set(seen.compactMap { $0["timestamp"]?.integer }).count == 3)
  }

  @Test(arguments: [("/gone", 410), ("/redirect", 302)])
  func `a clear no is not repeated, and its text not told`(path: String, status: Int) async throws {
    let receiver = try Receiver()
    let report = try await outbox([receiver.channel(path)], CurlTransport()).send(.sample())
    #expect(report.deliveries.first?.state == .refused(why: "the receiver answered \(status)"))
    #expect(try await receiver.seen().count == 1)
  }

  @Test func `pauses grow, and the time that was given is kept`() async throws {
    let timing = ManualTiming()
    let channel = try Channel.webhook("hook", url: Secret("http://127.0.0.1:1/"), secret: Secret(Self.key))
    let report = try await outbox([channel], CurlTransport(), timing: timing).send(.sample(), within: .seconds(20))
    #expect(timing.slept == [.milliseconds(750), .milliseconds(1500), .seconds(3), .seconds(6)])
    #expect(report.deliveries == [Delivery(channel: "hook", state: .pending(why: "nobody listens there"), attempts: 5)])
    #expect(report.problems.map(\.code) == ["alerts.undelivered"])
  }

  @Test(arguments: [
    "http://hooks.example/x", "ftp://hooks.example", "hooks.example", "https://user:pw@hooks.example/", "https:///x",
    "https://hooks.example/\nx", "",
  ])
  func `an address that is not safe is refused and not shown`(url: String) {
    #expect {
      try Channel.webhook("hook", url: Secret(url), secret: Secret(Self.key))
    } throws: { error in
      let problem = error as? Problem
      return problem?.code == "alerts.address" && (url.isEmpty || problem?.description.contains(url) == false)
    }
  }

  @Test(arguments: ["short", "whsec_###", "whsec_", ""])
  func `a signing secret that is none is refused`(secret: String) {
    #expect {
      try Channel.webhook("hook", url: Secret("https://hooks.example/"), secret: Secret(secret))
    } throws: { ($0 as? Problem)?.code == "alerts.secret" }
  }
}
