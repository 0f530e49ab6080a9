import Core
import Evidence
import Testing

private func benchmarks(_ text: String) throws -> BenchmarkFacts {
  guard case .benchmarks(let facts) = try read(text).facts else { throw Unexpected() }
  return facts
}

extension BenchmarkFacts {
  fileprivate func value(_ name: String) -> Double? { figures.first { $0.name == name }?.value }
}

@Suite struct BenchmarkReadersTests {
  /// The two shapes of k6 say the opposite by the same word.
  @Test(arguments: [
    (
      #"{"metrics":{"http_req_duration":{"avg":1,"p(95)":640,"thresholds":{"p(95)<500":true}},"iterations":{"count":10,"rate":1}},"root_group":{}}"#,
      1
    ),
    (
      #"{"metrics":{"http_req_duration":{"avg":1,"p(95)":640,"thresholds":{"p(95)<500":false}},"iterations":{"count":10,"rate":1}},"root_group":{}}"#,
      0
    ),
    (
      #"{"metrics":{"http_req_duration":{"type":"trend","contains":"time","values":{"p(95)":640},"thresholds":{"p(95)<500":{"ok":true}}},"iterations":{"type":"counter","contains":"default","values":{"count":10}}}}"#,
      0
    ),
    (
      #"{"metrics":{"http_req_duration":{"type":"trend","contains":"time","values":{"p(95)":640},"thresholds":{"p(95)<500":{"ok":false}}},"iterations":{"type":"counter","contains":"default","values":{"count":10}}}}"#,
      1
    ),
  ])
  func `k6 in both shapes`(text: String, failures: Int) throws {
    let facts = try benchmarks(text)
    #expect(facts.failures.count == failures)
    #expect(facts.value("k6.http_req_duration.p95") == 0.64)
    #expect(facts.samples == 10)
  }

  @Test func `k6: the passes of a rate are what it counts, failed requests among them`() throws {
    let facts = try benchmarks(
      #"{"metrics":{"http_req_failed":{"value":0.02,"passes":2,"fails":98},"http_reqs":{"count":100,"rate":3}},"root_group":{}}"#
    )
    #expect(facts.figures.first { $0.name == "k6.http_req_failed.rate" }?.unit == .share)
    #expect(facts.value("k6.http_req_failed.rate") == 0.02)
  }

  @Test func `k6 that did nothing, and shapes that are mixed`() throws {
    #expect(try benchmarks(#"{"metrics":{"vus":{"value":1}},"root_group":{}}"#).incomplete.count == 1)
    let mixed =
      #"{"metrics":{"a":{"type":"trend","contains":"time","values":{"avg":1}},"b":{"avg":1}},"root_group":{}}"#
    #expect(fault(mixed)?.kind == .unreadable)
    let odd = #"{"metrics":{"a":{"avg":1,"thresholds":{"x":"yes"}}},"root_group":{}}"#
    #expect(fault(odd)?.kind == .unreadable)
  }

  /// A login in front of the page is quick, too.
  @Test(arguments: [
    ("https://clinic.example/", "https://clinic.example/", false, 0),
    ("http://clinic.example", "https://clinic.example/?token=1", false, 0),
    ("https://clinic.example/", "https://www.clinic.example/", false, 1),
    ("https://clinic.example/a", "https://clinic.example/login?next=a", false, 1),
    ("https://clinic.example/a", "https://login.example/?next=a", true, 0),
    ("https://clinic.example/", "https://notclinic.example/", true, 0),
  ])
  func `Lighthouse that was led elsewhere`(asked: String, found: String, isIncomplete: Bool, warnings: Int) throws {
    let read = try read(
      #"{"lighthouseVersion":"12.0.0","requestedUrl":"\#(asked)","finalUrl":"\#(found)","#
        + #""categories":{"performance":{"score":0.9}},"audits":{}}"#)
    guard case .benchmarks(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.incomplete.count == (isIncomplete ? 1 : 0) && read.warnings.count == warnings)
    #expect(!(facts.incomplete + read.warnings).contains { $0.contains("token") || $0.contains("next") })
  }

  @Test(arguments: [false, true])
  func `Lighthouse, alone and wrapped`(isWrapped: Bool) throws {
    let report =
      #"{"lighthouseVersion":"12.0.0","requestedUrl":"https://a.example/?cpf=HIDDEN","fetchTime":"2026-11-21T06:00:00.000Z","#
      + #""categories":{"performance":{"score":0.91},"seo":{"score":null}},"audits":{"largest-contentful-paint":{"#
      + #""numericValue":2400,"numericUnit":"millisecond"},"cumulative-layout-shift":{"numericValue":0.1,"numericUnit":"unitless"}}}"#
    let read = try read(isWrapped ? #"{"id":"x","lighthouseResult":\#(report)}"# : report)
    guard case .benchmarks(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.value("lighthouse.performance") == 0.91)
    #expect(facts.figures.contains { $0.name == "lighthouse.seo" && $0.value == nil })
    #expect(facts.value("lighthouse.largest-contentful-paint") == 2.4)
    #expect(facts.value("lighthouse.cumulative-layout-shift") == 0.1)
    #expect(!"\(read)".contains("HIDDEN"))
    #expect(read.statedTime != nil)
  }

  @Test func `Lighthouse CI: representative runs, and assertions that failed`() throws {
    let manifest =
      #"[{"url":"u","isRepresentativeRun":true,"summary":{"performance":0.8}},{"url":"u","isRepresentativeRun":false,"summary":{"performance":0.1}}]"#
    #expect(try benchmarks(manifest).figures.map(\.value) == [0.8])
    let results =
      #"[{"passed":false,"level":"error","auditId":"a","operator":">=","expected":1,"url":"u"},{"passed":false,"level":"warn","auditId":"b","operator":">=","expected":1,"url":"u"}]"#
    #expect(try benchmarks(results).failures.count == 1)
  }

  @Test func `hyperfine: a command that failed was timed`() throws {
    let facts = try benchmarks(
      #"{"results":[{"command":"bun run x","mean":0.5,"stddev":null,"median":0.4,"min":0.3,"max":0.9,"exit_codes":[0,1,0]}]}"#
    )
    #expect(facts.value("hyperfine.mean") == 0.5)
    #expect(facts.value("hyperfine.bun-run-x.median") == 0.4)
    #expect(facts.failures.count == 1)
    #expect(facts.samples == 3)
  }

  @Test func `pytest-benchmark names its commit`() throws {
    let read = try read(
      #"{"machine_info":{},"commit_info":{"id":"3f9c2e1a3f9c2e1a3f9c2e1a3f9c2e1a3f9c2e1a","dirty":true},"#
        + #""benchmarks":[{"name":"test_a[1]","fullname":"t.py::test_a[1]","stats":{"mean":0.001,"rounds":5,"ops":1000}}]}"#
    )
    guard case .benchmarks(let facts) = read.facts else { throw Unexpected() }
    #expect(read.statedCommits == ["3f9c2e1a3f9c2e1a3f9c2e1a3f9c2e1a3f9c2e1a"])
    #expect(facts.value("pytest-benchmark.test_a-1-.mean") == 0.001)
    #expect(facts.incomplete.count == 1)
  }

  @Test func `autocannon is fast where every answer is an error`() throws {
    let facts = try benchmarks(
      #"{"latency":{"p99":12,"p99_9":15},"requests":{"average":100},"throughput":{"average":1},"errors":2,"timeouts":0,"non2xx":98,"2xx":0}"#
    )
    #expect(facts.value("autocannon.latency.p99") == 0.012)
    #expect(facts.value("autocannon.latency.p99.9") == 0.015)
    #expect(facts.value("autocannon.failed.rate") == 1)
    #expect(facts.failures.count == 1)
  }
}

/// The figures of every real report are those that were worked out for it by other means.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedBenchmarksTests {
  private func facts(_ path: String) throws -> BenchmarkFacts {
    guard case .benchmarks(let facts) = try EvidenceReader.read(SharedSamples.path(path), shown: path).facts else {
      throw Unexpected()
    }
    return facts
  }

  @Test func `Lighthouse scores`() throws {
    for (name, entry) in try SharedSamples.files("lighthouse") {
      let facts = try facts("lighthouse/" + name)
      for score in entry["facts"]?["category_scores"]?.members ?? [] {
        #expect(facts.value("lighthouse." + score.key) == score.value.double, "\(name) \(score.key)")
      }
      let paint = entry["facts"]?["LCP_ms"]?.double ?? -1
      #expect(facts.value("lighthouse.largest-contentful-paint") == paint / 1000, "\(name)")
    }
  }

  @Test func `hyperfine and pytest-benchmark`() throws {
    for (name, entry) in try SharedSamples.files("hyperfine") {
      let means = try facts("hyperfine/" + name).figures.filter { $0.name == "hyperfine.mean" }.map(\.value)
      #expect(means == (entry["facts"]?["results"]?.array ?? []).map { $0["mean"]?.double }, "\(name)")
    }
    for (name, entry) in try SharedSamples.files("pytest-benchmark") {
      let means = try facts("pytest-benchmark/" + name).figures.filter { $0.name == "pytest-benchmark.mean" }
      #expect(means.count == entry["facts"]?["benchmarks"]?.array?.count, "\(name)")
    }
  }
}
