import Core
import Processes
import Surroundings
import TestSupport
import Testing

@Suite struct `The period of a key` {
  /// Seconds around the end of every month of 40 years, and at 500 moments between.
  private static let moments: [Int64] = {
    let ends = (2000..<2040).flatMap { year in
      (1...12).flatMap { month -> [Int64] in
        let text = "\(year)-\(month < 10 ? "0" : "")\(month)-01"
        let first = (Timestamp(utcDate: text)?.milliseconds ?? 0) / 1000
        return [-50_400, -10_801, -10_800, -3600, -1, 0, 1, 3599, 7200, 43_200, 46_800].map { first + $0 }
      }
    }
    return ends + (0..<500).map { 946_684_800 + $0 * 2_524_693 }
  }()

  /// The calendar by another program: GNU `date`.
  @Test(arguments: [
    "UTC", "America/Sao_Paulo", "America/Noronha", "Europe/Lisbon", "Asia/Kathmandu", "Pacific/Kiritimati",
    "Pacific/Apia", "America/Havana", "America/St_Johns",
  ])
  func `is the one that local clocks show`(name: String) async throws {
    guard let zone = ZoneFile.rules(of: name, environment: [:]) else {
      print("NOT TESTED: this machine does not have the zone \(name)")
      return
    }
    let finished = try await SystemProcessRunner().run(
      Command(
        ["date", "-f", "-", "+%Y %Y-Q%q %Y-%m %Y-%m-%d"], environment: ["PATH": "/usr/bin:/bin", "TZ": name],
        folder: "/", timeout: .seconds(60),
        input: Array((Self.moments.map { "@\($0)" }.joined(separator: "\n") + "\n").utf8)))
    let shown = String(decoding: finished.output, as: UTF8.self).split(separator: "\n").map(String.init)
    let ours = Self.moments.map { moment in
      KeyPeriod.Span.allCases.map { KeyPeriod($0, at: Timestamp(seconds: moment), zone: zone).description }
        .joined(separator: " ")
    }
    #expect(shown.count == ours.count && finished.succeeded)
    #expect(zip(ours, shown).first { $0 != $1 } == nil)
  }
}
