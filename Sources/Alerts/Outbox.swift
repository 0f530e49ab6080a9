import Core
import HTTP
import Store

/// Tells people, and remembers what was told.
///
/// A notice is written to the store before it is sent and each delivery after it, so that none is lost with the
/// process and none is repeated without need. Between a delivery and its record lies a moment in which a crash leads to
/// a second one; both carry the same id. A store that fails never keeps a notice from being sent.
package struct Outbox: Sendable {
  package static let kind = "notice"

  private let channels: [Channel]
  private let transport: any HTTPTransport & MailTransport
  private let timing: any Timing
  private let store: any Store
  private let random: @Sendable () -> Double
  private let secrets: [Secret]

  /// - Parameters:
  ///   - random: from 0 up to 1, for the jitter of repeated attempts.
  ///   - secrets: taken out of every text, should one have come in.
  package init(
    channels: [Channel], transport: any HTTPTransport & MailTransport, timing: any Timing, store: any Store,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, secrets: [Secret] = []
  ) {
    self.channels = channels
    self.transport = transport
    self.timing = timing
    self.store = store
    self.random = random
    self.secrets = secrets
  }

  /// Sends a notice on all channels at once, repeating what may succeed later until the time is used up. Channels that
  /// have it already are left alone. Never throws: what failed is in the report.
  package func send(_ notice: Notice, within budget: Duration = .seconds(60)) async -> OutboxReport {
    let notice = notice.cleaned(of: secrets)
    var recordProblem: Problem?
    var known: [String: Delivery] = [:]
    do throws(StoreProblem) {
      if let document = try await store.document(Self.kind, notice.id) {
        known = Self.deliveries(in: document).reduce(into: [:]) { $0[$1.channel] = $1 }
      }
    } catch {
      recordProblem = error.problem
    }
    func record(_ known: [String: Delivery]) async {
      do throws(StoreProblem) {
        try await store.put(
          Self.kind, notice.id, ["notice": notice.json, "deliveries": .array(list(known).map(\.json))])
      } catch {
        recordProblem = error.problem
      }
    }
    let untold = channels.filter { known[$0.id]?.isDelivered != true }
    if !untold.isEmpty { await record(known) }
    let deadline = timing.steady() + budget
    let tried = await withTaskGroup(of: Delivery.self) { [known] group in
      for channel in untold {
        let before = known[channel.id]?.attempts ?? 0
        group.addTask { await deliver(notice, on: channel, until: deadline, attemptsBefore: before) }
      }
      var tried = known
      for await delivery in group {
        tried[delivery.channel] = delivery
        await record(tried)
      }
      return tried
    }
    return OutboxReport(notice: notice, deliveries: list(tried), recordProblem: recordProblem)
  }

  /// Sends what earlier runs could not deliver, oldest first, all of it within the time. What cannot be read is told
  /// and does not hold up the rest; of more than a thousand notices the oldest are left alone.
  package func sendPending(
    within budget: Duration = .seconds(60)
  ) async -> (reports: [OutboxReport], problems: [Problem]) {
    let documents: [(id: String, document: JSON)]
    do throws(StoreProblem) {
      documents = try await store.documents(Self.kind, newestFirst: true, limit: 1000)
    } catch {
      return ([], [error.problem])
    }
    let deadline = timing.steady() + budget
    var reports: [OutboxReport] = []
    var problems: [Problem] = []
    for (id, document) in documents.reversed() {
      guard let notice = document["notice"].flatMap({ Notice(json: $0) }) else {
        problems.append(
          Problem(
            "store.corrupt", "a notice in the store cannot be read", place: store.place, why: "notice \(id)",
            remedy: "see in the journal of its run what a person should have been told"))
        continue
      }
      let known = Self.deliveries(in: document).reduce(into: [:]) { $0[$1.channel] = $1 }
      let isPending = list(known).contains { if case .pending = $0.state { true } else { false } }
      guard isPending else { continue }
      reports.append(await send(notice, within: max(.zero, deadline - timing.steady())))
    }
    return (reports, problems)
  }

  private static func deliveries(in document: JSON) -> [Delivery] {
    document["deliveries"]?.array?.compactMap { Delivery(json: $0) } ?? []
  }

  /// One entry for each channel of today's policy.
  private func list(_ known: [String: Delivery]) -> [Delivery] {
    channels.map { known[$0.id] ?? Delivery(channel: $0.id, state: .pending(why: "not tried yet"), attempts: 0) }
  }

  // MARK: One channel

  private static let firstPause: Duration = .seconds(1)
  private static let longestPause: Duration = .seconds(30)
  private static let attemptLimit: Duration = .seconds(15)

  private func deliver(
    _ notice: Notice, on channel: Channel, until deadline: Duration, attemptsBefore: Int
  ) async -> Delivery {
    var attempts = attemptsBefore
    var pause = Self.firstPause
    var why = "no time was left to try"
    while true {
      let left = deadline - timing.steady()
      guard left > .zero else { break }
      attempts += 1
      switch await attempt(notice, on: channel, within: min(left, Self.attemptLimit)) {
      case .delivered:
        return Delivery(channel: channel.id, state: .delivered(at: timing.now()), attempts: attempts)
      case .refused(let reason):
        return Delivery(channel: channel.id, state: .refused(why: reason), attempts: attempts)
      case .again(let reason, let after):
        why = reason
        // Half of the pause is fixed, half is chance, so that many runs do not come back together.
        let wait = max(after ?? .zero, pause / 2 + (pause / 2) * random())
        guard timing.steady() + wait < deadline else {
          return Delivery(channel: channel.id, state: .pending(why: why), attempts: attempts)
        }
        do {
          try await timing.sleep(for: wait)
        } catch {
          return Delivery(channel: channel.id, state: .pending(why: "interrupted"), attempts: attempts)
        }
        pause = min(pause * 2, Self.longestPause)
      }
    }
    return Delivery(channel: channel.id, state: .pending(why: why), attempts: attempts)
  }

  private func attempt(_ notice: Notice, on channel: Channel, within limit: Duration) async -> Attempt {
    switch channel.kind {
    case .webhook(let url, let key):
      var request = Webhook.request(notice, url: url, key: key, at: timing.now())
      request.timeout = limit
      request.connectTimeout = min(limit, request.connectTimeout)
      request.maximumBody = 1 << 20
      do throws(HTTPFailure) {
        return Attempt(try await transport.send(request))
      } catch {
        return error == .cancelled ? .again(why: "interrupted", after: nil) : Attempt(error)
      }
    case .mail(let server, let from, let to):
      var mail = MailRequest(
        server: server, from: from, to: to, message: MailMessage(notice, from: from, to: to).bytes)
      mail.timeout = limit
      do throws(MailFailure) {
        try await transport.sendMail(mail)
        return .delivered
      } catch {
        return error == .connection(.cancelled) ? .again(why: "interrupted", after: nil) : Attempt(error)
      }
    }
  }
}
