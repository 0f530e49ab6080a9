import Core

/// What a way back did to the records of a domain.
package struct RecordsPutBack: Hashable, Sendable {
  package var domain: String
  /// Records that were changed, made or removed.
  package var changed: Int
  /// Names that had no such record before, and keep what they got: `NAME TYPE`.
  package var left: [String]

  package var words: String {
    let done =
      changed == 0
      ? "\(domain) is as before" : "\(changed) record\(changed == 1 ? "" : "s") of \(domain) put back"
    return left.isEmpty ? done : done + "; left as new: " + left.prefix(5).joined(separator: ", ")
  }
}

extension VercelClient {
  /// All records of these types.
  package func records(of domain: String, _ types: [String]) async throws(VercelProblem) -> [DNSRecord] {
    let what = "read the records of \(domain)"
    let entries = try await pages(["v4", "domains", domain, "records"], what, list: "records") {
      [("limit", "100")] + $0
    }
    let records = entries.compactMap { DNSRecord(json: $0) }
    guard records.count == entries.count else { throw garbled(what, "a record has no id, type or value") }
    return records.filter { types.contains($0.type) }
  }

  /// Makes the names that had such records before the release what they were, and looks whether they are.
  ///
  /// A record is changed where one can become the other, so that a name is never without one; what is too much goes first,
  /// because some types cannot stand beside others. Doing it twice does no harm.
  package func putBack(
    _ before: [DNSRecord], of domain: String, _ types: [String]
  ) async throws(VercelProblem) -> RecordsPutBack {
    let what = "put back the records of \(domain)"
    let changes = RecordChanges(from: try await records(of: domain, types), to: before)
    for record in changes.removed {
      var call = VercelCall("DELETE", ["v2", "domains", domain, "records", record.id], what, safety: .repeatable)
      call.mayBeEmpty = true
      do { _ = try await send(call) } catch  where error.kind == .notFound {
        // Gone meanwhile, which is what was wanted.
      }
    }
    for (now, before) in changes.changed {
      var call = VercelCall("PATCH", ["v1", "domains", "records", now.id], what, safety: .repeatable)
      call.setJSON(before.body)
      _ = try await send(call)
    }
    for record in changes.made {
      var call = VercelCall("POST", ["v2", "domains", domain, "records"], what, safety: .once)
      call.setJSON(record.body)
      do { _ = try await send(call) } catch  where error.kind == .conflict || error.effect == .possible {
        // It is there, or may be: the look below tells.
      }
    }
    let left = RecordChanges(from: try await records(of: domain, types), to: before)
    guard left.isNothing else {
      let names = (left.changed.map(\.before) + left.made + left.removed).map(\.title)
      throw VercelProblem(
        .unconfirmed, what, place: domain,
        why: "\(left.count) are not as before: \(names.prefix(5).joined(separator: ", "))",
        remedy: "put them back at Vercel; what they were is in the journal: gatehouse explain --format json")
    }
    return RecordsPutBack(domain: domain, changed: changes.count, left: left.strange.map(\.title))
  }

  /// Throws away what the edge keeps of a project; what is asked for next comes from the deployment that serves.
  ///
  /// Published nowhere; the vendor's client calls it (`vercel cache purge`).
  package func purgeEdgeCache(of project: String) async throws(VercelProblem) {
    var call = VercelCall(
      "DELETE", ["v1", "edge-cache", "purge-all"], "throw away the edge cache", safety: .repeatable)
    call.query = [("projectIdOrName", project)]
    call.needsJSON = false
    _ = try await send(call)
  }
}

extension DNSRecord {
  fileprivate var title: String { (name.isEmpty ? "@" : name) + " " + type }

  /// As the API takes it.
  fileprivate var body: JSON {
    .dictionary([
      ("name", .string(name)), ("type", .string(type)), ("value", .string(value)), ("ttl", ttl.map { .integer($0) }),
      ("mxPriority", type == "MX" ? .integer(priority ?? 10) : nil),
    ])
  }
}
