import Core
import HTTP

/// What takes samples. The live one is ``ProbeRunner``; tests pass a scripted one.
package protocol Sampling: Sendable {
  /// One look, in a new connection, without retry. Never throws: what hinders us is a blind sample.
  ///
  /// - Parameter every: the interval of the probe, of which a look may take four fifths at most.
  func sample(_ probe: ProbeRules, at place: ProbePlace, every: Duration) async -> Sample
}

/// Random bits for jitter and for addresses that no cache knows.
package typealias RandomBits = @Sendable () -> UInt64

/// Takes samples for real: HTTP, SQL and TLS.
package struct ProbeRunner: Sampling {
  let http: HTTPProbe
  let sql: SQLProbe
  let tls: TLSProbe

  package init(
    transport: any HTTPTransport, settings: ConnectionSettings, timing: any Timing, random: @escaping RandomBits
  ) {
    http = HTTPProbe(transport: transport, timing: timing, random: random)
    sql = SQLProbe(timing: timing)
    tls = TLSProbe(settings: settings, timing: timing)
  }

  package func sample(_ probe: ProbeRules, at place: ProbePlace, every: Duration) async -> Sample {
    let timeout = max(.milliseconds(1), min(probe.timeout, every * 4 / 5))
    switch probe.target {
    case .project(let project, let path, let method):
      guard let there = place.projects[project], !there.addresses.isEmpty else {
        return Sample(
          probe: probe.id, verdict: .blind, cause: .noPlace, reason: "no address of project \(project) is known",
          at: http.timing.now())
      }
      return await http.sample(probe, at: there, path: path, method: method, timeout: timeout)
    case .url(let url, let method):
      return await http.sample(probe, url: url, method: method, place: place, timeout: timeout)
    case .sql(let statement):
      guard let database = place.database else {
        return Sample(
          probe: probe.id, verdict: .blind, cause: .noPlace, reason: "no database is known", at: sql.timing.now())
      }
      return await sql.sample(probe, statement: statement, database: database, timeout: timeout)
    case .tls(let address):
      return await tls.sample(probe, address: address, timeout: timeout)
    }
  }
}
