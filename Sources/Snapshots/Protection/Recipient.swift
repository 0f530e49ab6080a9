import Age
import Core

/// Somebody new bytes are encrypted to.
package struct Recipient: Hashable, Sendable {
  package var age: AgeRecipient
  /// What is told of the key, and written down.
  package var key: RecipientKey

  package init(_ age: AgeRecipient, file: String? = nil, period: KeyPeriod? = nil) {
    self.age = age
    key = RecipientKey(recipient: age.description, file: file, period: period)
  }
}

/// A public key that bytes were encrypted to, where it stood, and what its key is for. Nothing in it is secret.
package struct RecipientKey: Hashable, Sendable {
  /// `age1…`.
  package var recipient: String
  /// The file that named it, relative to the policy; `nil` for bytes from before it was written down.
  package var file: String?
  /// The period that the key is for; `nil` for a key without an end.
  package var period: KeyPeriod?

  package init(recipient: String, file: String? = nil, period: KeyPeriod? = nil) {
    self.recipient = recipient
    self.file = file
    self.period = period
  }

  /// `2026-11 (gatehouse/keys/backup-2026-11.pub)`, `gatehouse/backup.pub`, or the key itself where no file is known.
  package var words: String {
    guard let file else { return recipient }
    return period.map { "\($0) (\(file))" } ?? file
  }

  var json: JSON {
    .dictionary([
      ("recipient", .string(recipient)), ("file", file.map { .string($0) }),
      ("period", period.map { .string($0.description) }),
    ])
  }

  /// `nil` when anything in it is not of this version.
  init?(json: JSON) {
    guard let recipient = json["recipient"]?.string, recipient.utf8.count <= 100 else { return nil }
    var file: String?
    if let text = json["file"] {
      guard let read = text.string, (1...1024).contains(read.utf8.count) else { return nil }
      file = read
    }
    var period: KeyPeriod?
    if let text = json["period"] {
      guard let read = text.string.flatMap(KeyPeriod.init(_:)) else { return nil }
      period = read
    }
    self.init(recipient: recipient, file: file, period: period)
  }
}

extension [RecipientKey] {
  /// Of what a manifest holds: `recipients`, and beside it, where files are known, `keys`; `nil` when the two do not fit.
  init?(recipients: JSON?, keys: JSON?) {
    let plain = recipients?.array?.compactMap(\.string) ?? []
    guard plain.count == recipients?.array?.count ?? 0 else { return nil }
    guard let keys else {
      self = plain.map { RecipientKey(recipient: $0) }
      return
    }
    guard let written = keys.array, written.count == plain.count else { return nil }
    self = written.compactMap(RecipientKey.init(json:))
    guard map(\.recipient) == plain else { return nil }
  }

  /// The member `keys` of a manifest.
  package var json: JSON? { contains { $0.file != nil } ? .array(map(\.json)) : nil }

  /// `2026-11 (a-2026-11.pub), gatehouse/backup.pub`.
  package var words: String { map(\.words).joined(separator: ", ") }

  /// Those of a period, of which there may be none.
  package var ofPeriods: [RecipientKey] { filter { $0.period != nil } }

  /// With which keys the bytes die, or what keeps them alive beyond their period; `nil` where no key is for a period.
  package var fate: String? {
    guard !ofPeriods.isEmpty else { return nil }
    let endless = filter { $0.period == nil }
    return endless.isEmpty
      ? "erased with the key\(count == 1 ? "" : "s") of \(words)"
      : "for the key of \(ofPeriods.words); also for \(endless.words), which no period ends"
  }
}
