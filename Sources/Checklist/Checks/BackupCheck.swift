import Core

/// Is there a recent snapshot of this database that was really restored and compared?
enum BackupCheck {
  private static let provenNoun = Noun("snapshot restored and compared", "snapshots restored and compared")

  static func judge(
    _ item: ChecklistItem, _ rules: BackupRules, _ facts: Result<BackupFacts, Problem>, now: Timestamp
  ) -> CheckReport {
    let known: BackupFacts
    switch facts {
    case .failure(let problem): return item.inconclusive(problem)
    case .success(let found): known = found
    }
    let all = known.snapshots
    let warnings = known.warnings.map { warning in
      "soon: " + warning.description + (warning.remedy.map { "; \($0)" } ?? "")
    }
    // One that says it was taken in the future counts as none.
    let own = all.filter { $0.isOfThisDatabase && $0.takenAt <= now }.sorted { $0.takenAt > $1.takenAt }
    let examined: [JSON.Member] = [
      .init("snapshots", .integer(Int64(all.count))), .init("ofThisDatabase", .integer(Int64(own.count))),
    ]
    let make = "gatehouse snapshot create, then gatehouse snapshot verify"
    guard !own.isEmpty else {
      if let ahead = all.first(where: \.isOfThisDatabase) {
        return item.inconclusive(
          examined: examined, "the snapshot \(ahead.id) says that it was taken in the future",
          remedy: "put the clock of this machine right")
      }
      return item.inconclusive(
        examined: examined,
        all.isEmpty ? "there is no snapshot" : "\(Words.count(all.count, "snapshot")), none of this database",
        remedy: make)
    }
    let limit = "asked within \(Words.duration(rules.verifiedWithin))"
    var proven: (snapshot: SnapshotFact, at: Timestamp)?
    for snapshot in own where proven == nil && snapshot.unopenable == nil {
      // A proof from before the snapshot, or from the future, is none.
      if case .restore(let at) = snapshot.proof, at >= snapshot.takenAt, at <= now { proven = (snapshot, at) }
    }
    guard let proven else {
      if let closed = own.first(where: { if case .restore = $0.proof { $0.unopenable != nil } else { false } }) {
        return item.inconclusive(
          examined: examined, comparisons: [.atLeast(1, "proven", 0, of: provenNoun, otherwise: .inconclusive)],
          "no proven snapshot of this database can be opened; of the newest, \(closed.id), \(closed.unopenable ?? "")",
          details: warnings, remedy: "gatehouse snapshot verify with that key, or \(make)")
      }
      let wasRead = own.contains { if case .read = $0.proof { true } else { false } }
      return item.inconclusive(
        examined: examined, comparisons: [.atLeast(1, "proven", 0, of: provenNoun, otherwise: .inconclusive)],
        "\(Words.count(own.count, "snapshot")) of this database, none was ever restored and compared"
          + (wasRead ? "; reading one back proves less" : ""),
        details: warnings, remedy: "gatehouse snapshot verify")
    }
    let closed = own.prefix { $0.id != proven.snapshot.id }.compactMap { one in
      one.unopenable.map { "\(one.id): \($0)" }
    }
    let notes = warnings + closed
    let age = now - proven.snapshot.takenAt
    let reference = EvidenceReference(
      path: proven.snapshot.path, sha256: proven.snapshot.sha256, format: "gatehouse-snapshot", commit: nil, age: age)
    var comparisons: [Comparison] = [
      .atLeast(1, "proven", 1, of: provenNoun, otherwise: .inconclusive),
      .duration(
        "age", age, atMost: rules.verifiedWithin, noun: Noun("age of the newest proven snapshot"),
        otherwise: .inconclusive),
    ]
    guard age <= rules.verifiedWithin else {
      return item.inconclusive(
        examined: examined, comparisons: comparisons,
        "the newest proven snapshot, \(proven.snapshot.id), is \(Words.duration(age)) old, \(limit)",
        details: notes, remedy: make,
        evidence: [reference])
    }
    var opened = ""
    if let within = rules.openedWithin {
      // One that an identity opened in the future was opened by nobody.
      let last = own.compactMap(\.openedAt).filter { $0 <= now }.max()
      let since = last.map { now - $0 }
      if let since {
        comparisons.append(
          .duration(
            "opened", since, atMost: within, noun: Noun("time since an identity opened a snapshot"),
            otherwise: .inconclusive))
      }
      guard let since, since <= within else {
        return item.inconclusive(
          examined: examined, comparisons: comparisons,
          (since.map { "the last time that an identity opened an encrypted snapshot was \(Words.duration($0)) ago" }
            ?? "no identity ever opened one of the encrypted snapshots")
            + (known.periods.isEmpty ? "" : " with the key of \(known.periods.joined(separator: ", "))")
            + ", asked within \(Words.duration(within))",
          details: notes,
          remedy: "gatehouse snapshot verify, where the secret of database.snapshot.identity is set",
          evidence: [reference])
      }
      opened = ", an identity opened one \(Words.duration(since)) ago"
    }
    return item.passed(
      examined: examined, comparisons: comparisons,
      "\(proven.snapshot.id), taken \(Words.duration(age)) ago, restored and compared \(Words.duration(now - proven.at)) ago\(opened); \(limit)",
      details: notes, evidence: [reference])
  }
}
