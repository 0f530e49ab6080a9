import Age
import Core

/// The files of recipients that a commit has, and whom they make snapshots of a moment be encrypted to. Pure.
package struct RecipientFiles: Sendable {
  /// How long before a period begins people are told that its key is not there.
  package static let notice: Duration = .seconds(7 * 86_400)

  /// In the policy's order.
  private let paths: [RecipientPath]
  private let zone: ZoneRules
  /// What each file holds, or why it cannot be used.
  private let files: [String: Result<[AgeRecipient], Problem>]
  /// The files of periods, each with its own.
  private let periods: [String: KeyPeriod]

  /// - Parameter texts: The bytes of every file of the commit that one of the paths names at any time; others are not looked at.
  package init(_ paths: [RecipientPath], _ texts: [String: [UInt8]], zone: ZoneRules) {
    self.paths = paths
    self.zone = zone
    files = Dictionary(uniqueKeysWithValues: texts.map { ($0, RecipientFiles.read($0, $1)) })
    periods = texts.reduce(into: [:]) { periods, file in
      periods[file.key] = paths.lazy.compactMap { $0.period(ofFile: file.key) }.first
    }
  }

  /// Whether a path names a file at any time.
  package static func names(_ file: String, _ paths: [RecipientPath]) -> Bool {
    paths.contains { $0.span == nil ? $0.text == file : $0.period(ofFile: file) != nil }
  }

  private static func read(_ file: String, _ bytes: [UInt8]) -> Result<[AgeRecipient], Problem> {
    do throws(AgeError) { return .success(try AgeRecipient.list(String(decoding: bytes, as: UTF8.self))) } catch {
      return .failure(
        Problem(
          "policy.recipients", "a file of recipients cannot be used", place: file, why: error.message,
          remedy: "write one age1… a line; `age-keygen -y` prints it for a secret key"))
    }
  }

  /// Whom what was there at a moment is encrypted to, by the files of the periods that local clocks showed then.
  ///
  /// - Throws: `policy.recipients` when a file is missing or cannot be used, or the key of a period is not its own.
  package func recipients(at time: Timestamp) throws(Problem) -> [Recipient] {
    var found: [Recipient] = []
    for path in paths {
      let period = path.span.map { KeyPeriod($0, at: time, zone: zone) }
      let file = period.map(path.file(of:)) ?? path.text
      for one in try keys(of: period, in: file) where !found.contains(where: { $0.age == one }) {
        found.append(Recipient(one, file: file, period: period))
      }
    }
    return found
  }

  private func keys(of period: KeyPeriod?, in file: String) throws(Problem) -> [AgeRecipient] {
    guard let read = files[file] else { throw missing(file, of: period) }
    let keys = try read.get()
    if let period { try refuseReused(keys, of: period, in: file) }
    return keys
  }

  private func missing(_ file: String, of period: KeyPeriod?) -> Problem {
    guard let period else {
      return Problem(
        "policy.recipients", "a file of recipients is not in the commit that is checked out", place: file,
        why: "what merely lies in the folder may be put there by anything that runs before", remedy: "commit it")
    }
    return Problem(
      "policy.recipients", "the key of \(period) is missing: its file is not in the commit that is checked out",
      place: file, why: "nothing is encrypted to the key of another period", remedy: RecipientFiles.making(file))
  }

  private static func making(_ file: String) -> String {
    "make a key of its own: age-keygen -o key.txt; age-keygen -y key.txt > \(file); commit that file, and keep key.txt elsewhere"
  }

  /// A key that also stands in a file of an earlier period, of the same one, or of all times: destroying it would erase more
  /// than its period, or would not be done.
  private func refuseReused(_ keys: [AgeRecipient], of period: KeyPeriod, in file: String) throws(Problem) {
    let begins = period.begins(in: zone)
    for (other, read) in files.sorted(by: { $0.key < $1.key }) where other != file {
      guard case .success(let others) = read, let key = keys.first(where: others.contains) else { continue }
      if let later = periods[other], later.begins(in: zone) > begins { continue }
      throw Problem(
        "policy.recipients", "the key of \(period) is not its own: \(other) has the same", place: file,
        why:
          "\(key) stands in both, so that erasing \(period) by destroying its key would take the other with it, or not happen",
        remedy: RecipientFiles.making(file))
    }
  }

  /// What will keep snapshots of the next days from being taken; the first for each path.
  package func warnings(at now: Timestamp) -> [Problem] {
    paths.compactMap { path in
      guard let span = path.span else { return nil }
      var period = KeyPeriod(span, at: now, zone: zone).next
      while period.begins(in: zone) - now <= RecipientFiles.notice {
        let file = path.file(of: period)
        do throws(Problem) { _ = try keys(of: period, in: file) } catch {
          return Problem(
            "policy.next-key",
            files[file] == nil
              ? "the key of \(period) is not there yet" : "the key of \(period) cannot be used: \(error.what)",
            place: error.place,
            why:
              "from \(period.firstDay) on, in \(RecipientFiles.words(period.begins(in: zone) - now)), no snapshot will be taken",
            remedy: error.remedy.map { "until then: \($0)" })
        }
        period = period.next
      }
      return nil
    }
  }

  private static func words(_ time: Duration) -> String {
    let hours = time.milliseconds / 3_600_000
    return hours < 48 ? "\(hours) h" : "\(hours / 24) days"
  }

  /// The periods of a moment, one for each path that has some, without doubles.
  package func periods(at time: Timestamp) -> [KeyPeriod] {
    var once: Set<KeyPeriod> = []
    return paths.compactMap(\.span).map { KeyPeriod($0, at: time, zone: zone) }.filter { once.insert($0).inserted }
  }

  /// Whether that an identity opened bytes shows that the keys of today are there: one of the keys that opened them is one that
  /// snapshots are encrypted to now, or were within the time in which it has to be shown.
  ///
  /// Where no path has periods, any opening shows it.
  package func isShown(by keys: [RecipientKey], openedBy: String?, within canary: Duration, now: Timestamp) -> Bool {
    guard paths.contains(where: { $0.span != nil }) else { return true }
    return keys.contains { key in
      guard let period = key.period, let file = key.file, openedBy.map({ $0 == key.recipient }) ?? true,
        paths.contains(where: { $0.period(ofFile: file) == period }), period.begins(in: zone) <= now,
        period.next.begins(in: zone) > now - canary
      else { return false }
      // Of a period that is over its file may be gone; of this one the key must be the one that is used.
      guard period.next.begins(in: zone) > now else { return true }
      guard case .success(let current)? = files[file] else { return false }
      return current.contains { $0.description == key.recipient }
    }
  }
}
