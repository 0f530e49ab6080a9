import Core
import HTTP

/// Whether a rollback holds production: then newer production deployments get no traffic by themselves, until one is promoted.
///
/// Vercel does not say it in one word. A rollback turns `autoAssignCustomDomains` off, which a team may also do by choice, and
/// `lastRollbackTarget` is gone when the rollback has settled. What stays is the last job over the hosts: a promotion lifts a pin, so that
/// assignment that is off is a pin when that job was a rollback, and a choice when it was a promotion or there was none.
package enum ProductionPin: Hashable, Sendable {
  case free
  /// Assignment is off, and no rollback turned it off.
  case chosen
  case rolledBack(Rollback)
  /// Vercel tells too little to say; must not be read as ``free``.
  case untold

  package struct Rollback: Hashable, Sendable {
    package var to: DeploymentID?
    package var at: Timestamp?
    /// The user name that Vercel shows beside it.
    package var by: String?
    /// The run of Gatehouse that asked for it; `nil` when somebody else did.
    package var run: RunID?

    package init(to: DeploymentID?, at: Timestamp? = nil, by: String? = nil, run: RunID? = nil) {
      self.to = to
      self.at = at
      self.by = by
      self.run = run
    }
  }

  /// The rollback of somebody other than Gatehouse.
  package var byOthers: Rollback? {
    if case .rolledBack(let rollback) = self, rollback.run == nil { return rollback }
    return nil
  }
}

extension ProductionPin {
  /// - Parameter json: a project that was read with `rollbackInfo=true`.
  init(json: JSON, autoAssign: Bool?, job: AliasJob?) {
    func told(_ key: String) -> JSON? { json[key].flatMap { $0.isNull ? Optional.none : $0 } }
    let target = told("lastRollbackTarget")
    let description = told("rollbackDescription")
    let isLastJobRollback = job?.kind == .rollback && job?.status != .skipped
    let rollback = ProductionPin.rolledBack(
      Rollback(job: job?.kind == .rollback ? job : nil, target: target, description: description))
    if target != nil {
      self = rollback
    } else if autoAssign == true {
      self = .free
    } else if isLastJobRollback {
      self = rollback
    } else if job?.kind == .promote, job?.status == .succeeded {
      self = autoAssign == false ? .chosen : .free
    } else if description != nil {
      // The last job did nothing, or is not shown any more; the rollback before it has left its description.
      self = rollback
    } else if autoAssign == false, job != nil || (json["lastAliasRequest"] ?? .null).isNull {
      self = .chosen
    } else {
      self = .untold
    }
  }

  /// What Vercel shows beside a rollback of ours, and by which it is known again.
  package static func description(of run: RunID) -> String { "gatehouse \(run): taken back" }

  static func run(in description: String) -> RunID? {
    let words = description.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count == 3, words[0] == "gatehouse", words[1].hasSuffix(":"), words[2] == "taken back" else {
      return nil
    }
    return String(words[1].dropLast()).asPlainName.map { RunID($0) }
  }
}

extension ProductionPin.Rollback {
  fileprivate init(job: AliasJob?, target: JSON?, description: JSON?) {
    to = job?.to ?? target?["id"]?.string?.asPlainName.map { DeploymentID($0) }
    let told = description?["createdAt"]?.integer.map { Timestamp(milliseconds: $0) }
    at = job?.requestedAt ?? told
    // An older call leaves no description of its own: one of another time is of another rollback.
    let isOfThis = job.map { job in
      told.map { (job.requestedAt - .seconds(60)...job.requestedAt + .seconds(60)).contains($0) } ?? false
    }
    guard isOfThis ?? true else { return }
    by = description?["username"]?.string?.oneLine(limit: 60)
    run = description?["description"]?.string.flatMap { ProductionPin.run(in: $0) }
  }
}
