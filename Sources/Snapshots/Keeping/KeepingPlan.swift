import Core

/// Which snapshots stay and which go, and why: grandfather, father, son, with what must never go.
///
/// Pure: it decides about a list. What goes is what nothing keeps. These keep a snapshot:
///
/// - It is the newest of its hour, day, week or month, within the time that the policy keeps those for. Only snapshots that
///   are proven as the policy asks stand for their hour: a bad one never takes a good one's place.
/// - A run or a person asked for it, within the time that the policy keeps those of releases for. What was there before a
///   restore stays so long even unproven, and 90 days where the policy does not say: nothing else holds those rows.
/// - It is the newest proven one: that one always stays, however old.
/// - A run needs it, somebody holds it, or the place itself refuses to remove it.
/// - It would stay if somebody had its key. One that nobody could open takes no other one's place, but goes only when it would
///   go anyway: who tried may have had the wrong keys.
/// - Nobody can say that it may go: it is of another database, says that it was taken in the future, or nothing of its
///   database is proven. So stays one that is not proven and younger than a day, or than the newest proven one.
package struct KeepingPlan: Hashable, Sendable {
  /// One snapshot, as far as keeping it is concerned.
  package struct Candidate: Hashable, Sendable {
    package var id: String
    package var takenAt: Timestamp
    package var purpose: SnapshotPurpose
    /// Whether it is of the policy's database.
    package var isOfThisDatabase: Bool
    /// Whether it was examined as the policy asks, and found good.
    package var isProven: Bool
    /// What else keeps it, each as a clause: `run 01JD… needs it`.
    package var ties: [String]
    /// That the last who tried had no key for it, as a clause; `nil` where that is not so.
    package var unopenable: String?

    /// Whether it brings something back.
    var isWayBack: Bool { isProven && unopenable == nil }

    package init(
      id: String, takenAt: Timestamp, purpose: SnapshotPurpose, isOfThisDatabase: Bool, isProven: Bool,
      ties: [String] = [], unopenable: String? = nil
    ) {
      self.id = id
      self.takenAt = takenAt
      self.purpose = purpose
      self.isOfThisDatabase = isOfThisDatabase
      self.isProven = isProven
      self.ties = ties
      self.unopenable = unopenable
    }
  }

  package struct Decision: Hashable, Sendable {
    package var id: String
    package var takenAt: Timestamp
    /// What keeps it; empty when it goes.
    package var keptBecause: [String]
    /// Why it goes; `nil` when it stays.
    package var goesBecause: String?
    /// That nobody who tried had its key, as a clause.
    package var unopenable: String?

    package var stays: Bool { goesBecause == nil }
  }

  /// The newest first; of one time, by id.
  package let decisions: [Decision]

  package var goes: [Decision] { decisions.filter { !$0.stays } }

  /// How long one that was never proven is left for somebody to examine.
  package static let patience: Duration = .seconds(24 * 3600)

  package init(_ candidates: [Candidate], rules: KeepingRules, zone: ZoneRules, now: Timestamp) {
    let ordered = candidates.sorted { ($0.takenAt, $0.id) > ($1.takenAt, $1.id) }
    let own = ordered.filter { $0.isOfThisDatabase && $0.takenAt <= now }
    let newestProven = own.first(where: \.isWayBack)
    var reasons: [String: [String]] = [:]
    for span in CalendarSpan.allCases {
      guard let time = rules.time(of: span) else { continue }
      for wayBack in [true, false] {
        var seen: Set<Int64> = []
        for one in own where one.isProven && one.isWayBack == wayBack && now - one.takenAt <= time {
          if seen.insert(zone.number(of: span, at: one.takenAt)).inserted {
            reasons[one.id, default: []].append("the newest of its \(span.rawValue)")
          }
        }
      }
    }
    decisions = ordered.map { one in
      var kept = reasons[one.id] ?? []
      if let time = rules.time(of: one.purpose), one.isOfThisDatabase, one.takenAt <= now, now - one.takenAt <= time,
        one.isProven || one.purpose.isUnique
      {
        switch one.purpose {
        case .hourly, .daily, .weekly, .monthly: break
        case .release: kept.append("of a release")
        case .person: kept.append("a person asked for it")
        case .safety: kept.append("what was there before a restore")
        }
      }
      kept += one.ties
      if one.id == newestProven?.id { kept.append("the newest proven one") }
      if one.unopenable != nil, one.id == own.first(where: \.isProven)?.id {
        kept.append("the newest proven one, if its key is found")
      }
      if !one.isOfThisDatabase { kept.append("of another database, about which this policy says nothing") }
      if one.takenAt > now { kept.append("it says that it was taken in the future") }
      if one.isOfThisDatabase, one.takenAt <= now {
        if newestProven == nil {
          kept.append("no snapshot of this database is proven")
        } else if let newestProven, !one.isProven {
          if one.takenAt >= newestProven.takenAt { kept.append("newer than the newest proven one") }
          if now - one.takenAt < KeepingPlan.patience { kept.append("not proven, and younger than a day") }
        }
      }
      let goes: String? =
        if !kept.isEmpty { nil } else if one.isProven {
          "nothing in `keep` asks for it any more"
        } else {
          "it was never proven, and a newer one is"
        }
      return Decision(
        id: one.id, takenAt: one.takenAt, keptBecause: kept, goesBecause: goes, unopenable: one.unopenable)
    }
  }
}

extension KeepingRules {
  /// What was there before a restore, where the policy says nothing of releases.
  private static let safety: Duration = .seconds(90 * 86_400)

  fileprivate func time(of purpose: SnapshotPurpose) -> Duration? {
    purpose == .safety ? release ?? KeepingRules.safety : release
  }
}
