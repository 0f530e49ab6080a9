import Alerts
import Core
import TestSupport
import Testing

@Suite(.enabled(if: MailSink.isHere, "python3 has no aiosmtpd")) struct MailTests {
  private func channel(_ url: String, to: [String] = ["ops@neonpro.example"]) throws -> Channel {
    try Channel.mail("email", url: Secret(url), from: "gate@neonpro.example", to: to)
  }

  private func send(_ sink: MailSink, _ channel: Channel, _ notice: Notice = .sample()) async throws -> OutboxReport {
    try await outbox([channel], sink.transport).send(notice, within: .seconds(20))
  }

  @Test func `a mail arrives as a reader that is not ours reads it`() async throws {
    let sink = try MailSink("plain")
    let to = ["ops@neonpro.example", "second@neonpro.example"]
    let report = try await send(sink, channel("smtp://127.0.0.1:\(sink.port)", to: to))
    #expect(report.isDeliveredEverywhere)
    let mail = try #require(try sink.mails().first)
    #expect(mail["from"]?.string == "gate@neonpro.example")
    #expect(mail["to"] == .strings(to))
    #expect(mail["defects"] == [])
    #expect(mail["headers"]?["Subject"]?.string == "[critical] Rolled back: produção is as before")
    #expect(mail["headers"]?["From"]?.string == "Gatehouse <gate@neonpro.example>")
    #expect(mail["headers"]?["To"]?.string == "ops@neonpro.example, second@neonpro.example")
    #expect(mail["headers"]?["Date"]?.string == "Sat, 21 Nov 2026 14:32:05 +0000")
    #expect(
      mail["text"]?.string?.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        == [
          "Rolled back: produção is as before", "", "line 1", ".", "From x", "", "run 01JD",
          "rolled-back, critical, 2026-11-21T14:32:05.000Z", "",
        ])
    #expect((mail["longest"]?.integer ?? 1000) <= 78)
  }

  @Test func `a title cannot become a header`() async throws {
    let sink = try MailSink("plain")
    let title =
      "x\r\nBcc: thief@evil.example\r\n\r\n.\r\nMAIL FROM:<a@b>\u{2028}\u{202E}y" + String(repeating: "é", count: 200)
    let report = try await send(
      sink, channel("smtp://127.0.0.1:\(sink.port)"), .sample(title: title, lines: ["a\r\n.\r\nQUIT"]))
    #expect(report.isDeliveredEverywhere)
    let mails = try sink.mails()
    #expect(mails.count == 1)
    #expect(
      mails.first?["names"] == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
      ])
    #expect(mails.first?["to"] == ["ops@neonpro.example"])
    #expect(mails.first?["headers"]?["Subject"]?.string?.hasSuffix(String(repeating: "é", count: 200)) == true)
  }

  @Test(arguments: [("starttls-login", "smtp"), ("tls-login", "smtps")])
  func `a login goes over TLS only, and arrives`(mode: String, scheme: String) async throws {
    let sink = try MailSink(mode)
    let report = try await send(sink, channel("\(scheme)://gate:p%40ss%20word@localhost:\(sink.port)"))
    #expect(report.problems == [])
    #expect(try sink.mails().first?["encrypted"] == true)
    #expect(try sink.mails().first?["user"]?.string == "gate")
  }

  @Test func `a login is not sent to a server without encryption`() async throws {
    let sink = try MailSink("plain")
    let report = try await send(sink, channel("smtp://gate:p%40ss%20word@127.0.0.1:\(sink.port)"))
    #expect(report.deliveries.first?.state == .refused(why: "the mail server offers no encryption"))
    #expect(try sink.mails().isEmpty)
  }

  @Test func `a server with a certificate for another name gets nothing`() async throws {
    let sink = try MailSink("starttls", certificate: "wrong-name")
    let report = try await send(sink, channel("smtp://localhost:\(sink.port)"))
    #expect(!report.isDeliveredEverywhere)
    #expect(report.deliveries.first?.problem?.why?.contains("certificate") == true)
    #expect(try sink.mails().isEmpty)
  }

  @Test func `a wrong password is refused, not tried again, and not told`() async throws {
    let sink = try MailSink("tls-login")
    let report = try await send(sink, channel("smtps://gate:hunter2@localhost:\(sink.port)"))
    #expect(
      report.deliveries == [
        Delivery(channel: "email", state: .refused(why: "the mail server does not accept the login"), attempts: 1)
      ])
  }

  @Test func `a recipient who is refused for good is told`() async throws {
    let sink = try MailSink("plain")
    let report = try await send(sink, channel("smtp://127.0.0.1:\(sink.port)", to: ["reject@neonpro.example"]))
    #expect(report.deliveries.first?.state == .refused(why: "the mail server answered 550"))
  }

  @Test func `a recipient who is refused for now is tried again`() async throws {
    let sink = try MailSink("plain")
    let report = try await send(sink, channel("smtp://127.0.0.1:\(sink.port)", to: ["later@neonpro.example"]))
    #expect(report.isDeliveredEverywhere)
    #expect(report.deliveries.first?.attempts == 2)
    #expect(try sink.mails().count == 1)
  }
}
