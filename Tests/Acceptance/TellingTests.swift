import Core
import FoundationEssentials
import JSONText
import Standins
import TestSupport
import Testing

/// A person is told, and nothing depends on it.
@Suite(.inTurn) struct `A webhook` {
  private static let key = "whsec_bm90aGluZy1idXQtYS10ZXN0LWtleS0x"
  private static let channel = """
    alerts:
      channels:
        - { id: hook, webhook: { env: HOOK_URL }, secret: { env: HOOK_KEY } }
    """

  private func seen(_ port: Int) async throws -> [JSON] {
    let text = try await shell(
      """
      python3 -c 'import urllib.request; print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://127.0.0.1:\(port)/seen").read().decode())'
      """, in: "/")
    return try JSON(parsing: Array(text.utf8)).array ?? []
  }

  @Test func `tells of a release that was rolled back, signed`() async throws {
    let (program, port) = try BackgroundProgram.python("webhook-receiver.py", [`A webhook`.key])
    let clinic = try await Clinic { $0.sections = `A webhook`.channel }
    clinic.fallIll()
    let ended = try await clinic.run(
      "deploy", with: ["HOOK_URL": "http://127.0.0.1:\(port)/hook", "HOOK_KEY": `A webhook`.key])
    #expect(ended.exit == 6, "\(ended)")
    let notices = try await seen(port)
    #expect(notices.count == 1)
    let notice = try #require(notices.first)
    #expect(notice["signed"]?.bool == true)
    #expect(notice["body"]?["type"]?.string == "gatehouse.rolled-back")
    #expect(notice["body"]?["data"]?["severity"]?.string == "critical")
    let run = try #require(ended.document["run"]?.string)
    #expect(notice["body"]?["data"]?["run"]?.string == run)
    #expect(notice["body"]?["data"]?["lines"]?.array?.isEmpty == false)
    // The run has ended: who asks again is told, but nobody is alerted twice.
    #expect(
      try await clinic.run(
        "resume", with: ["HOOK_URL": "http://127.0.0.1:\(port)/hook", "HOOK_KEY": `A webhook`.key]
      ).exit == 6)
    #expect(try await seen(port).count == 1)
    _ = program
  }

  @Test func `tells who is to confirm what to look at, and what to say`() async throws {
    let (program, port) = try BackgroundProgram.python("webhook-receiver.py", [`A webhook`.key])
    let clinic = try await Clinic.confirmed { $0.sections = `A webhook`.channel }
    let ended = try await clinic.run(
      "deploy", with: ["HOOK_URL": "http://127.0.0.1:\(port)/hook", "HOOK_KEY": `A webhook`.key])
    #expect(ended.exit == 5, "\(ended)")
    let notices = try await seen(port)
    let notice = try #require(notices.first)
    #expect(notices.count == 1 && notice["body"]?["type"] == "gatehouse.waiting")
    let lines = (notice["body"]?["data"]?["lines"]?.array ?? []).compactMap(\.string).joined(separator: "\n")
    let command = try #require(ended.document["waiting"]?["confirm"]?.string)
    let address = try #require(ended.document["waiting"]?["about"]?[0]?["address"]?.string)
    #expect(lines.contains(command) && lines.contains(address), "\(lines)")
    _ = program
  }

  @Test(arguments: ["gone", "unset"], [false, true])
  func `that fails changes nothing of the ending`(_ way: String, _ ill: Bool) async throws {
    let (program, port) = try BackgroundProgram.python("webhook-receiver.py", [`A webhook`.key])
    let clinic = try await Clinic { $0.sections = `A webhook`.channel }
    if ill { clinic.fallIll() }
    var variables = ["HOOK_KEY": `A webhook`.key]
    if way == "gone" { variables["HOOK_URL"] = "http://127.0.0.1:\(port)/gone?token-in-the-address" }
    let ended = try await clinic.run("deploy", with: variables)
    #expect(ended.exit == (ill ? 6 : 0), "\(ended)")
    #expect(clinic.serving == (ill ? ["old", "old"] : ["new", "new"]))
    #expect(ended.words.contains("warning") && ended.words.contains(way == "gone" ? "hook" : "HOOK_URL"), "\(ended)")
    #expect(!ended.words.contains("token-in-the-address") && !ended.words.contains("the answer holds a secret"))
    _ = program
  }
}
