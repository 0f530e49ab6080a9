import Core

/// One thing that a run does: a change of the world, or one long look at it.
///
/// The four faces of an action (design, section 7): *intend* is ``RunRecord/intended(_:attempt:)`` with ``key`` as
/// its idempotency key, *perform* and *observe* are ``World``'s, and *undo* is the actions of ``undo(_:)``.
package enum Action: Hashable, Sendable {
  case awaitApprovals
  case awaitWindow
  /// A deployment of the project, built and READY, that gets no traffic.
  case stage(ProjectID)
  /// A snapshot of the database, restored and compared.
  case snapshot
  /// The pending migrations, up and down, on a copy.
  case rehearse
  /// A point that the database's own platform can go back to, made just before the migrations.
  case restorePoint
  case migrate
  /// A command of `then-run`, by its place in the list.
  case thenRun(Int)
  /// The probes on the staged deployments.
  case verifyStaged
  case awaitConfirmations
  /// How the probes do in production before anything changes there.
  case measure
  /// What a compensation will put back is looked at and written down.
  case keep(String)
  /// Gives a project's deployment the share of that stage, from 0; one before the last, which is ``promote(_:)``.
  case shift(Int, ProjectID)
  /// The probes while that stage lasts.
  case watchStage(Int)
  /// A person's yes before what follows that stage.
  case awaitStage(Int)
  case promote(ProjectID)
  case watch
  /// The release written down as the one to return to.
  case record
  /// Takes a staged deployment out of the queue while it still builds.
  case discard(ProjectID)
  case rollBack(ProjectID)
  /// Something beyond the projects and the database, by the compensation's id.
  case compensate(String)
  /// A snapshot of what is there now, before the database is reversed.
  case snapshotPresent
  case reverseMigrations
  /// The probes, and the policy's own commands, after everything was taken back.
  case verifyRestored
}

extension Action {
  /// The idempotency key within a run, and the stable name in the journal.
  package var key: String {
    switch self {
    case .awaitApprovals: "await-approvals"
    case .awaitWindow: "await-window"
    case .stage(let project): "stage:\(project)"
    case .snapshot: "snapshot"
    case .rehearse: "rehearse"
    case .restorePoint: "restore-point"
    case .migrate: "migrate"
    case .thenRun(let index): "then-run:\(index)"
    case .verifyStaged: "verify-staged"
    case .awaitConfirmations: "await-confirmations"
    case .measure: "measure"
    case .keep(let id): "keep:\(id)"
    case .shift(let stage, let project): "shift:\(stage):\(project)"
    case .watchStage(let stage): "watch-stage:\(stage)"
    case .awaitStage(let stage): "await-stage:\(stage)"
    case .promote(let project): "promote:\(project)"
    case .watch: "watch"
    case .record: "record"
    case .discard(let project): "discard:\(project)"
    case .rollBack(let project): "roll-back:\(project)"
    case .compensate(let id): "compensate:\(id)"
    case .snapshotPresent: "snapshot-present"
    case .reverseMigrations: "reverse-migrations"
    case .verifyRestored: "verify-restored"
    }
  }

  /// The action of that key; `nil` for a key that this version does not know.
  package init?(key: String) {
    let parts = key.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let argument = parts.count == 2 ? parts[1] : nil
    switch (parts[0], argument) {
    case ("await-approvals", nil): self = .awaitApprovals
    case ("await-window", nil): self = .awaitWindow
    case ("stage", let project?): self = .stage(ProjectID(project))
    case ("snapshot", nil): self = .snapshot
    case ("rehearse", nil): self = .rehearse
    case ("restore-point", nil): self = .restorePoint
    case ("migrate", nil): self = .migrate
    case ("then-run", let index?):
      guard let index = Int(index), index >= 0 else { return nil }
      self = .thenRun(index)
    case ("verify-staged", nil): self = .verifyStaged
    case ("await-confirmations", nil): self = .awaitConfirmations
    case ("measure", nil): self = .measure
    case ("keep", let id?): self = .keep(id)
    case ("shift", let argument?):
      let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let stage = Int(parts[0]), stage >= 0 else { return nil }
      self = .shift(stage, ProjectID(String(parts[1])))
    case ("watch-stage", let stage?):
      guard let stage = Int(stage), stage >= 0 else { return nil }
      self = .watchStage(stage)
    case ("await-stage", let stage?):
      guard let stage = Int(stage), stage >= 0 else { return nil }
      self = .awaitStage(stage)
    case ("promote", let project?): self = .promote(ProjectID(project))
    case ("watch", nil): self = .watch
    case ("record", nil): self = .record
    case ("discard", let project?): self = .discard(ProjectID(project))
    case ("roll-back", let project?): self = .rollBack(ProjectID(project))
    case ("compensate", let id?): self = .compensate(id)
    case ("snapshot-present", nil): self = .snapshotPresent
    case ("reverse-migrations", nil): self = .reverseMigrations
    case ("verify-restored", nil): self = .verifyRestored
    default: return nil
    }
  }

  /// Whether the action changes something outside, so that the world must be asked afterwards what happened (L2).
  package var isEffect: Bool {
    switch self {
    case .stage, .snapshot, .migrate, .shift, .promote, .record, .discard, .rollBack, .snapshotPresent,
      .reverseMigrations:
      true
    // No server tells which restore points it has: a point is done when its archive was seen to hold it, and made again by
    // whoever does not know.
    // A compensation is done again by whoever does not know, and looks by itself whether it worked.
    case .awaitApprovals, .awaitWindow, .rehearse, .restorePoint, .thenRun, .verifyStaged, .awaitConfirmations,
      .watchStage, .awaitStage, .watch, .verifyRestored, .measure, .keep, .compensate:
      false
    }
  }

  /// Whether performing looks closer than observing does: a promotion is done when the served identity is ours as well
  /// (L2), and one that another process began is joined to see that. A deployment is staged when it is of our commit and project as well. After
  /// traffic has moved, either way, the project's settings are put back.
  package var isLookedAtWhenPerformed: Bool {
    switch self {
    case .promote, .stage, .shift, .rollBack: true
    default: false
    }
  }

  /// Whether production is not as before once this was begun.
  package var touchesProduction: Bool {
    switch self {
    case .migrate, .shift, .promote: true
    default: false
    }
  }

  /// Whether the action undoes, or looks at what was undone.
  package var isOfWayBack: Bool {
    switch self {
    case .discard, .rollBack, .compensate, .snapshotPresent, .reverseMigrations, .verifyRestored: true
    case .awaitApprovals, .awaitWindow, .stage, .snapshot, .rehearse, .restorePoint, .migrate, .thenRun,
      .verifyStaged, .awaitConfirmations, .measure, .keep, .shift, .watchStage, .awaitStage, .promote, .watch,
      .record:
      false
    }
  }

  /// Whether it only waits for people or for a time. See ``WaitRequest``.
  package var isWait: Bool {
    switch self {
    case .awaitApprovals, .awaitWindow, .awaitConfirmations, .awaitStage: true
    default: false
    }
  }

  /// Whether it looks at production for a while; not being able to is no evidence against the release.
  package var isWatch: Bool {
    switch self {
    case .watch, .watchStage: true
    default: false
    }
  }

  /// The phase whose name a person sees and whose budget counts.
  package var phase: Phase {
    switch self {
    case .awaitApprovals, .awaitWindow: .prepare
    case .stage, .discard: .stage
    case .snapshot, .snapshotPresent, .restorePoint: .snapshot
    case .rehearse: .rehearse
    case .keep: .wayBack
    case .migrate, .thenRun: .migrate
    case .measure, .verifyStaged: .verify
    case .awaitConfirmations: .confirm
    case .shift, .watchStage, .awaitStage, .promote: .traffic
    case .watch, .record: .watch
    case .rollBack, .compensate, .reverseMigrations, .verifyRestored: .rollback
    }
  }
}

/// The parts of a run as they are told.
package enum Phase: String, Sendable, CaseIterable {
  case prepare
  case wayBack = "way back"
  case stage, snapshot, rehearse, migrate, verify, confirm, traffic, watch, rollback
}
