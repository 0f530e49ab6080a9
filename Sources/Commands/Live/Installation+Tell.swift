import Alerts
import Core
import Store
import Surroundings

extension Installation {
  /// Tells people by every channel of the policy. A failure to do so changes nothing: it is what comes back.
  func tell(_ notice: Notice, through store: any Store) async -> [Problem] {
    guard !policy.alerts.channels.isEmpty else { return [] }
    let (channels, problems) = await Channel.ready(policy.alerts) { reference throws(Problem) in
      try await secrets.resolve(reference)
    }
    let outbox = Outbox(
      channels: channels, transport: mail, timing: timing, store: store, secrets: await knownSecrets())
    let report = await outbox.send(notice)
    return problems + report.deliveries.compactMap(\.problem) + [report.recordProblem].compactMap { $0 }
  }
}
