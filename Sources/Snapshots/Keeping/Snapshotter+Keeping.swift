import Core

/// What `keep` makes of the snapshots that are there.
package struct Keeping: Sendable {
  package var plan: KeepingPlan
  /// Files of snapshots without a manifest: of a removal, or a creation, that was cut short more than
  /// ``Snapshotter/abandonedAfter`` ago.
  package var leftovers: [(place: String, name: String)]
  /// What lies in the places and does not count: it is told, and never removed.
  package var problems: [Problem]
}

extension Snapshotter {
  /// How old bytes without a manifest must be, by the time in their name, to be nobody's unfinished work.
  package static let abandonedAfter: Duration = .seconds(7 * 24 * 3600)
  /// What lies beside a manifest, after the snapshot's id.
  private static let parts: Set<String> = [
    "dump.zst", "dump.zst.age", "verified.json", "withdrawn.json", "intoto.jsonl", "restore.json",
  ]

  /// What a snapshot is to its keeping.
  ///
  /// - Parameters:
  ///   - database: Of this policy; snapshots of another one are left alone.
  ///   - place: Where this policy reaches it. A copy of a whole server has the same numbers and another address: its
  ///     snapshots may lie beside ours, and are not ours to remove.
  ///   - asked: How the policy wants a snapshot proven.
  ///   - needed: What else needs which snapshot, as a clause: `run 01JD… has not ended`.
  package func candidates(
    _ listing: SnapshotListing, of database: DatabaseIdentity, at place: String, proven asked: SnapshotRules.Verify,
    needed: (String) -> String? = { _ in nil }
  ) async throws(Problem) -> [KeepingPlan.Candidate] {
    var ties: [String: [String]] = [:]
    for holder in places.all {
      for object in try await holder.objectsWithLocks() {
        guard let id = object.name.split(separator: ".").first.map(String.init) else { continue }
        if object.isHeld { ties[id, default: []].append("\(holder.shown) holds it for legal reasons") }
        if let until = object.lockedUntil, until > timing.now() {
          ties[id, default: []].append("\(holder.shown) keeps it until \(until)")
        }
        if SnapshotHold.names(id).contains(object.name) {
          switch try await places.hold(object.name, at: holder) {
          case .none: ties[id, default: []].append("a hold that cannot be read lies beside it in \(holder.shown)")
          case .some(let hold) where hold.holds(at: timing.now()):
            ties[id, default: []].append("held by \(hold.by): \(hold.reason)")
          case .some: break
          }
        }
      }
    }
    return listing.records.map { record in
      var own = ties[record.id] ?? []
      if let reason = needed(record.id) { own.append(reason) }
      var once: Set<String> = []
      return KeepingPlan.Candidate(
        id: record.id, takenAt: record.manifest.createdAt, purpose: record.manifest.purpose,
        isOfThisDatabase: record.isOf(database, at: place),
        isProven: asked == .read ? record.verified != nil : record.isProven,
        ties: own.filter { once.insert($0).inserted }, unopenable: record.unopenable)
    }
  }

  /// What may go, and what stays for which reason. Removes nothing.
  package func keeping(
    _ rules: KeepingRules, zone: ZoneRules, of database: DatabaseIdentity, at place: String,
    proven asked: SnapshotRules.Verify, needed: (String) -> String?
  ) async throws(Problem) -> Keeping {
    let listing = try await list()
    let candidates = try await candidates(listing, of: database, at: place, proven: asked, needed: needed)
    var leftovers: [(place: String, name: String)] = []
    for holder in places.all {
      let objects = try await holder.objects()
      let names = Set(objects.map(\.name))
      for name in names.sorted() {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, Self.parts.contains(parts[1]) || ExportManifest.isPart(name, of: parts[0]),
          !names.contains(parts[0] + ".json"),
          !names.contains(SnapshotHold.name(parts[0])),
          let made = RunID(parts[0]).time, timing.now() - made > Self.abandonedAfter, needed(parts[0]) == nil
        else { continue }
        leftovers.append((holder.shown, name))
      }
    }
    return Keeping(
      plan: KeepingPlan(candidates, rules: rules, zone: zone, now: timing.now()), leftovers: leftovers,
      problems: listing.problems)
  }

  /// Removes what the plan lets go: the manifest first, so that a snapshot that is half gone counts nowhere.
  ///
  /// - Returns: What could not be removed, each with its reason; the rest is gone.
  package func remove(_ keeping: Keeping) async -> [Problem] {
    var problems: [Problem] = []
    for place in places.all {
      let names: Set<String>
      do throws(Problem) { names = Set(try await place.objects().map(\.name)) } catch {
        problems.append(error)
        continue
      }
      var held: Set<String> = []
      for decision in keeping.plan.goes {
        for name in SnapshotHold.names(decision.id) where names.contains(name) {
          // Somebody may have held it since the plan was made.
          do throws(Problem) {
            if try await places.hold(name, at: place)?.holds(at: timing.now()) != false { held.insert(decision.id) }
          } catch {
            held.insert(decision.id)
          }
        }
      }
      var going = keeping.plan.goes.filter { !held.contains($0.id) }.flatMap { decision in
        let manifest = decision.id + ".json"
        return [manifest].filter(names.contains)
          + names.filter { $0.hasPrefix(decision.id + ".") && $0 != manifest }.sorted()
      }
      going += keeping.leftovers.filter { $0.place == place.shown }.map(\.name)
      for name in going {
        do throws(Problem) { try await place.remove(name) } catch {
          problems.append(error)
          break
        }
      }
    }
    return problems
  }

  /// Writes a hold beside every copy of the snapshot; one that is there is replaced.
  package func hold(_ record: SnapshotRecord, _ hold: SnapshotHold) async throws(Problem) {
    for place in places.holding(record) {
      try await SnapshotPlaces.write(hold.json, SnapshotHold.name(record.id), to: place, replacing: true)
    }
  }

  /// Holds a snapshot while it is read, so that nobody's `prune` removes it meanwhile. A place that cannot be written to does
  /// not hinder a restore.
  func beginReading(_ record: SnapshotRecord, for time: Duration) async {
    let hold = SnapshotHold(
      snapshot: record.id, reason: "a restore reads it", by: "gatehouse", at: timing.now(), until: timing.now() + time)
    for place in places.holding(record) {
      do throws(Problem) {
        try await SnapshotPlaces.write(hold.json, SnapshotHold.readingName(record.id), to: place, replacing: true)
      } catch {
        say("\(record.id) is not held in \(place.shown) while it is read: \(error.why ?? error.what)")
      }
    }
  }

  func endReading(_ record: SnapshotRecord) async {
    for place in places.holding(record) {
      do throws(Problem) { try await place.remove(SnapshotHold.readingName(record.id)) } catch {
        say("\(record.id) stays held in \(place.shown) for some hours: \(error.why ?? error.what)")
      }
    }
  }

  package func takeHoldAway(from record: SnapshotRecord) async throws(Problem) {
    for place in places.holding(record) { try await place.remove(SnapshotHold.name(record.id)) }
  }
}

extension SnapshotPlaces {
  /// The hold beside a snapshot; `nil` when it is there and cannot be read, for then nobody knows when it ends.
  fileprivate func hold(_ name: String, at place: any SnapshotPlace) async throws(Problem) -> SnapshotHold? {
    do throws(Problem) {
      return SnapshotHold(json: try await document(name, at: place).json)
    } catch  where ["snapshot.unreadable", "snapshot.altered"].contains(error.code) {
      return nil
    }
  }
}
