import Alerts
import Core
import FoundationEssentials
import HTTP
import JSONText
import Store
import TestSupport
import Testing

extension Notice {
  static func sample(
    id: String = "01JD-rolled-back", title: String = "Rolled back: produção is as before",
    lines: [String] = ["line 1", ".", "From x"]
  ) -> Notice {
    Notice(
      id: id, kind: "rolled-back", severity: .critical, title: title, lines: lines, run: "01JD",
      at: Timestamp("2026-11-21T14:32:05Z") ?? Timestamp(seconds: 0))
  }
}

/// A mail server that is not ours, and the mails that it took.
struct MailSink {
  let port: Int
  let certificates: TestCertificates
  private let program: BackgroundProgram
  private let folder: TemporaryFolder

  private static let made = Result { try TestCertificates() }

  static let isHere: Bool = {
    do {
      _ = try BackgroundProgram([BackgroundProgram.interpreter, "-c", "import aiosmtpd; print('here', flush=True)"])
      return true
    } catch {
      print("SKIPPED: the tests with a mail server need python3 with aiosmtpd (see ci/prepare test)")
      return false
    }
  }()

  init(_ mode: String, certificate: String = "good") throws {
    certificates = try Self.made.get()
    folder = try TemporaryFolder()
    let files = certificates.files(certificate)
    (program, port) = try BackgroundProgram.python(
      "smtp-server.py", [mode, folder.path + "/mails"] + (mode.hasPrefix("plain") ? [] : [files.chain, files.key]))
  }

  var transport: CurlTransport { CurlTransport(environment: ["SSL_CERT_FILE": certificates.authority]) }

  func mails() throws -> [JSON] {
    guard FileManager.default.fileExists(atPath: folder.path + "/mails") else { return [] }
    return try String(contentsOfFile: folder.path + "/mails", encoding: .utf8).split(separator: "\n").map {
      try JSON(parsing: String($0))
    }
  }
}

func outbox(
  _ channels: [Channel], _ transport: any HTTPTransport & MailTransport, timing: ManualTiming = ManualTiming(),
  store: (any Store)? = nil, secrets: [Secret] = []
) async throws -> Outbox {
  let folder = try TemporaryFolder()
  let fallback = try await SQLiteStore.open(in: folder.path, creating: true, timing: timing)
  return Outbox(
    channels: channels, transport: transport, timing: timing, store: store ?? fallback, random: { 0.5 },
    secrets: secrets)
}
