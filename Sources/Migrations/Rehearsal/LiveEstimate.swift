import Core

/// What a rehearsal's times come to in the live database: the same where the copy is as large, else in proportion to the
/// bytes of the table.
///
/// A restored table is without the dead rows of the live one, which are read all the same. Nothing is said of the load that
/// production has and the copy has not.
package struct LiveEstimate: Hashable, Sendable {
  /// Up to here the copy counts as equally large: pages are never filled in quite the same way.
  static let tolerance = 1.25

  let live: [RelationName: Int64]

  /// - Parameter live: Of the live tables, with indexes and TOAST.
  package init(live: [RelationName: Int64]) { self.live = live }

  package init(of database: Secret) async throws(Problem) {
    live = try await CopyState.sizes(of: database)
  }

  /// How many times larger the live table is, at least 1. Small tables are over in no time however large.
  package func factor(_ lock: SeenWork.TableLock) -> Double {
    guard let bytes = live[lock.table], bytes > KnownSchema.Size.tiny else { return 1 }
    let factor = Double(bytes) / Double(max(lock.bytes, 8192))
    return factor > LiveEstimate.tolerance ? factor : 1
  }

  func scaled(_ held: HeldFor, _ lock: SeenWork.TableLock) -> HeldFor {
    let factor = factor(lock)
    return factor == 1 ? held : HeldFor(atLeast: held.atLeast * factor, atMost: held.atMost * factor)
  }

  /// `measured`, or what the locks come to by the bytes of their tables.
  package func json(for seen: SeenWork) -> JSON {
    let larger = seen.locks.filter { factor($0) > 1 }
    guard !larger.isEmpty else { return ["how": "measured"] }
    return [
      "how": "by-bytes",
      "tables": .array(
        larger.prefix(50).map { lock in
          [
            "table": .string(lock.table.description), "copyBytes": .integer(lock.bytes),
            "liveBytes": .integer(live[lock.table] ?? 0),
            "heldAtMostMs": .integer(scaled(lock.held, lock).atMost.milliseconds),
          ]
        }),
    ]
  }
}
