import Core
import HTTP

extension TrafficMove {
  /// Asks the vendor to move the hosts, and waits until its job has ended one way or the other.
  ///
  /// - Parameter hosts: Grows by those that the vendor's job names as failed.
  /// - Returns: The way that was taken; whether it led there is for the caller to see.
  func ask(
    _ state: VercelProject, _ notes: inout [String], _ hosts: inout [String]
  ) async throws(VercelProblem) -> TrafficOutcome.Way {
    var state = state
    var attempt: Attempt = isWayBack ? .rollback : .promote
    var doubts = 0
    var conflicts = 0
    let start = client.timing.steady()
    var pause = patience.poll.lowerBound
    while true {
      let way = attempt.way
      let refusal: VercelProblem
      var isLost = false
      switch await send(attempt) {
      case .success(let answer):
        if answer.status == 202 {
          notes.append("Vercel queued the request behind a rolling release that is under way")
          client.progress(Progress(state.name, "queued behind a rolling release"))
        }
        return try await wait(for: way, since: state, doubtful: false, &notes, &hosts) ?? way
      case .failure(let problem): refusal = doubts > 0 ? problem.possibly() : problem
      }
      switch refusal.kind {
      case .unreachable, .rateLimited, .serverError, .garbled:
        if refusal.effect == .possible {
          // It may have been carried out. Sending it again blindly could move traffic twice: look first.
          doubts += 1
          if let seen = try await wait(for: way, since: state, doubtful: true, &notes, &hosts) { return seen }
          isLost = doubts >= client.budget.attempts
        } else {
          // Forward, a person may try again later. Back, nobody should have to.
          guard isWayBack, client.timing.steady() - start < patience.job else { throw refusal }
          try await next(&pause)
        }
      case .conflict:
        conflicts += 1
        if let seen = try await wait(for: way, since: state, doubtful: true, &notes, &hosts) { return seen }
        isLost = conflicts >= 3
      case .paymentRequired, .unprocessable, .notFound, .retired, .refused, .forbidden: isLost = true
      default: throw refusal
      }
      if isLost {
        // Forward there is one way only; back there are several, and the last of them asks for no job.
        switch attempt {
        case .promote: throw refusal
        case .rollback where refusal.isAboutTheCall: attempt = .olderRollback
        // With rolling releases on, a promotion would give it a first share and leave the rest where it is.
        case .rollback where try await mayRoll(state), .olderRollback where try await mayRoll(state):
          notes.append("rolling back was refused (\(refusal.why)), so every host was assigned by itself")
          return .hostByHost
        case .rollback, .olderRollback:
          notes.append("rolling back was refused (\(refusal.why)), so \(to) was promoted instead")
          attempt = .promoteInstead
        case .promoteInstead:
          notes.append("promoting was refused too (\(refusal.why)), so every host was assigned by itself")
          return .hostByHost
        }
        (doubts, conflicts) = (min(doubts, 1), 0)
      }
      do { state = try await look() } catch { throw doubts > 0 ? error.possibly() : error }
      if state.production?.id == to { return way }
      guard state.production?.id == from else { throw foreign(state.production?.id).possibly() }
    }
  }

  /// Whether rolling releases are on, or that cannot be told.
  private func mayRoll(_ state: VercelProject) async throws(VercelProblem) -> Bool {
    do { return try await isRolling(state) } catch  where error.kind != .interrupted { return true }
  }

  /// What is asked for, the most regular first.
  private enum Attempt {
    case promote
    case rollback
    /// Published since 2026-01 only, as `v1`; the vendor's own client still calls `v9`.
    case olderRollback
    case promoteInstead

    var way: TrafficOutcome.Way {
      switch self {
      case .promote: .promote
      case .rollback, .olderRollback: .rollback
      case .promoteInstead: .promoteInstead
      }
    }
  }

  private func send(_ attempt: Attempt) async -> Result<VercelAnswer, VercelProblem> {
    do { return .success(try await client.send(call(attempt))) } catch { return .failure(error) }
  }

  private func call(_ attempt: Attempt) -> VercelCall {
    let path: [String] =
      switch attempt {
      case .promote, .promoteInstead: ["v10", "projects", project, "promote", to.text]
      case .rollback: ["v1", "projects", project, "rollback", to.text]
      case .olderRollback: ["v9", "projects", project, "rollback", to.text]
      }
    var call = VercelCall("POST", path, what, safety: .once)
    call.needsJSON = false
    if case .rollback = attempt {
      if let reason { call.query = [("description", reason.oneLine())] }
    } else {
      call.setJSON([:])
    }
    return call
  }

  /// Waits for the job of our own request, told from older ones by its direction, its target and its time.
  ///
  /// - Parameters:
  ///   - since: The project as it was before the request.
  ///   - doubtful: Nobody knows whether there will be a job: give up early.
  /// - Returns: The way when our job was seen, or production is already there; `nil` when nothing of it was seen, which
  ///   only happens when `doubtful`.
  private func wait(
    for way: TrafficOutcome.Way, since: VercelProject, doubtful: Bool, _ notes: inout [String],
    _ hosts: inout [String]
  ) async throws(VercelProblem) -> TrafficOutcome.Way? {
    let kind: AliasJob.Kind = way == .rollback ? .rollback : .promote
    let start = client.timing.steady()
    var pause = patience.poll.lowerBound
    var seen: AliasJob?
    var last: VercelProblem?
    while true {
      let elapsed = client.timing.steady() - start
      do throws(VercelProblem) {
        let now = try await client.project(project)
        last = nil
        if let job = now.lastJob, isNew(job, since) {
          guard job.to == to, job.kind == kind else { throw foreign(job.to).possibly() }
          seen = job
          if !job.isUnderway {
            if job.status == .skipped { notes.append("Vercel skipped the request") }
            if job.status == .failed {
              let failed = await failedHosts(job)
              notes.append(failed.words)
              hosts = Set(hosts).union(failed.hosts).sorted()
            }
            return way
          }
        } else if now.production?.id == to, elapsed >= patience.settle || doubtful {
          return way
        } else if let other = now.production?.id, other != to, other != from {
          throw foreign(other).possibly()
        }
      } catch {
        // The request is on its way: whatever keeps us from looking, traffic may have moved.
        guard error.isTransient else { throw error.possibly() }
        last = error
      }
      if doubtful, seen == nil, last == nil, elapsed >= .seconds(2) { return nil }
      guard elapsed < patience.job else {
        var problem = VercelProblem(
          .deadline, what,
          why: seen.map { "the job is still \($0.status.rawValue) after \(patience.job.components.seconds) s" }
            ?? last.map { "its state could not be read for \(patience.job.components.seconds) s: \($0.why)" }
            ?? "Vercel accepted it but shows no job for it after \(patience.job.components.seconds) s",
          remedy: "run `gatehouse resume`: it looks at what happened and goes on from there"
        ).possibly()
        problem.requestID = last?.requestID
        throw problem
      }
      try await next(&pause)
    }
  }

  /// Whether the job was requested after we looked at the project; both times are the server's, so that our own clock
  /// does not matter. Its `Date` has whole seconds, hence the second of grace.
  private func isNew(_ job: AliasJob, _ since: VercelProject) -> Bool {
    if let old = since.lastJob, old.to == job.to, old.kind == job.kind, old.requestedAt == job.requestedAt {
      return false
    }
    guard let readAt = since.readAt else { return true }
    return job.requestedAt >= readAt - .seconds(1)
  }
}

/// The hosts that a job of the vendor could not move.
private struct FailedHosts {
  var hosts: [String]
  /// Why there may be more of them.
  var doubt: String?

  var words: String {
    let shown = hosts.prefix(20).joined(separator: ", ") + (hosts.count > 20 ? " and \(hosts.count - 20) more" : "")
    return "Vercel's job failed" + (hosts.isEmpty ? "" : " for " + shown) + (doubt.map { "; \($0)" } ?? "")
  }
}

extension TrafficMove {
  /// Read to the last page: a failure on the second is one as well. `{}` is an empty list.
  private func failedHosts(_ job: AliasJob) async -> FailedHosts {
    var hosts: Set<String> = []
    // Of rollbacks there is only the older version of the call.
    let version = job.kind == .promote ? "v1" : "v9"
    var page: [(String, String)] = []
    do {
      for _ in 0..<50 {
        var call = VercelCall(
          "GET", [version, "projects", project, job.kind.rawValue, "aliases"], "read which hosts failed")
        call.query = [("failedOnly", "true"), ("limit", "20")] + page
        let json = try await client.send(call).json
        for entry in json["aliases"]?.array ?? [] where entry["status"]?.string ?? "failed" == "failed" {
          let host = entry["alias"]?.string ?? entry["alias"]?["alias"]?.string
          if let host = host?.asPlainName { hosts.insert(host) }
        }
        guard let next = json["pagination"]?["next"]?.integer, page.first?.1 != String(next) else {
          return FailedHosts(hosts: hosts.sorted())
        }
        page = [("until", String(next))]
      }
      return FailedHosts(hosts: hosts.sorted(), doubt: "the list of them has no end")
    } catch {
      return FailedHosts(hosts: hosts.sorted(), doubt: "the list of them could not be read: \(error.why)")
    }
  }
}

extension VercelProblem {
  /// Whether it may lie in this version of the call rather than in what is asked for.
  fileprivate var isAboutTheCall: Bool {
    switch kind {
    case .notFound, .retired, .refused, .serverError: true
    default: false
    }
  }
}
