import Core

/// What a person said to a ``WaitRequest``. Who it was is what the person or the CI says: a claim, not a signature.
package struct WaitAnswer: Hashable, Sendable {
  /// Who answers, and who says so.
  package struct Person: Hashable, Sendable {
    package var name: String
    /// Where the name comes from: `--as`, a CI, the machine's user.
    package var source: String

    package init(name: String, source: String) {
      self.name = name
      self.source = source
    }
  }

  /// The item it is about; `nil` refuses the whole.
  package var item: String?
  package var isYes: Bool
  package var by: Person
  package var at: Timestamp
  /// Why not; always there in a refusal.
  package var reason: String?

  package init(item: String?, isYes: Bool, by: Person, at: Timestamp, reason: String? = nil) {
    self.item = item
    self.isYes = isYes
    self.by = by
    self.at = at
    self.reason = reason
  }

  package var json: JSON {
    .dictionary([
      ("item", item.map { .string($0) }), ("answer", .string(isYes ? "yes" : "no")), ("by", .string(by.name)),
      ("source", .string(by.source)), ("at", .integer(at.milliseconds)), ("reason", reason.map { .string($0) }),
    ])
  }

  package init?(json: JSON) {
    guard let answer = json["answer"]?.string, answer == "yes" || answer == "no", let name = json["by"]?.string,
      let source = json["source"]?.string, let at = json["at"]?.integer,
      answer == "no" || json["item"]?.string != nil
    else { return nil }
    self.init(
      item: json["item"]?.string, isYes: answer == "yes", by: Person(name: name, source: source),
      at: Timestamp(milliseconds: at), reason: json["reason"]?.string)
  }
}

/// The answers to one request in the order in which they were written, and how it was closed, if it was.
///
/// Only ever added to, each entry at its own place: of two who write at once, one comes second and has read the first. The run
/// closes the log before it acts on it, so that every answer either counts or is told that it came too late.
package struct WaitLog: Hashable, Sendable {
  package enum Entry: Hashable, Sendable {
    case answer(WaitAnswer)
    /// The run has decided; nothing that follows counts.
    case closed(WaitDecision, at: Timestamp)
  }

  package private(set) var answers: [WaitAnswer] = []
  package private(set) var closed: WaitDecision?
  /// The place of the next entry.
  package private(set) var count = 0

  package init() {}

  package mutating func append(_ entry: Entry) {
    count += 1
    guard closed == nil else { return }
    switch entry {
    case .answer(let answer): answers.append(answer)
    case .closed(let decision, _): closed = decision
    }
  }
}

/// What a request has come to.
package enum WaitDecision: String, Sendable, CaseIterable {
  /// Every item has its yes, and nobody said no.
  case given
  /// Somebody said no: the first no decides, whatever others say.
  case refused
  /// The time is over.
  case expired
}

extension WaitRequest {
  /// The items that nobody has said yes to, in order.
  package func missing(_ answers: [WaitAnswer]) -> [Item] {
    let given = Set(answers.filter { $0.isYes && $0.at < until }.compactMap(\.item))
    return items.filter { !given.contains($0.id) }
  }

  /// What it has come to by now; `nil` while it is open. A log that was closed stays as it was decided.
  package func decision(_ log: WaitLog, at now: Timestamp) -> WaitDecision? {
    if let closed = log.closed { return closed }
    if log.answers.contains(where: { !$0.isYes }) { return .refused }
    // Answers that were in time count, however late the run reads them.
    if missing(log.answers).isEmpty { return .given }
    return now >= until ? .expired : nil
  }
}

extension WaitLog.Entry {
  package var json: JSON {
    switch self {
    case .answer(let answer): answer.json
    case .closed(let decision, let at): ["closed": .string(decision.rawValue), "at": .integer(at.milliseconds)]
    }
  }

  package init?(json: JSON) {
    if let word = json["closed"]?.string {
      guard let decision = WaitDecision(rawValue: word), let at = json["at"]?.integer else { return nil }
      self = .closed(decision, at: Timestamp(milliseconds: at))
    } else if let answer = WaitAnswer(json: json) {
      self = .answer(answer)
    } else {
      return nil
    }
  }
}
