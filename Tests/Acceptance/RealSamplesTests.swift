import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

/// The collection of real reports that lies beside a checkout of the project, when it does.
private enum RealSamples {
  static let folder: String? = {
    let candidates = [
      ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"], BuiltProgram.root + "/../shared",
      BuiltProgram.root + "/../../shared",
    ]
    let found = candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0 + "/evidence") }
    if found == nil { print("NOT TESTED: the real reports are not here (set GATEHOUSE_SHARED)") }
    return found
  }()

  static func expected(_ format: String) throws -> [JSON.Member] {
    let data = try Data(contentsOf: URL(filePath: (folder ?? "") + "/evidence/\(format)/EXPECTED.json"))
    return try JSON(parsing: [UInt8](data))["files"]?.members ?? []
  }

  /// Lets the program judge every sample of a format by a line of its own, and gives the lines with what is expected.
  static func judged(_ format: String, by rules: String) async throws -> [(name: String, line: JSON, expected: JSON)] {
    let samples = try expected(format)
    var policy = "evidence: { max-age: 36500d, bind-to: none }\nchecklist:\n"
    var files: [String: String] = [:]
    for (index, sample) in samples.enumerated() {
      let data = try Data(contentsOf: URL(filePath: (folder ?? "") + "/evidence/\(format)/\(sample.key)"))
      files["samples/\(sample.key)"] = String(decoding: data, as: UTF8.self)
      policy += "  - { id: sample-\(index), \(rules), reports: [\"samples/\(sample.key)\"] }\n"
    }
    let workplace = try await Workplace(policy: policy, files: files)
    let document = try await workplace.asked("check")
    return samples.enumerated().compactMap { index, sample in
      document.line("sample-\(index)").map { (sample.key, $0, sample.value) }
    }
  }
}

/// `gatehouse check` over real reports of many tools gives the totals that were worked out for each by other means.
@Suite(.enabled(if: RealSamples.folder != nil, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct RealSamplesTests {
  private func count(_ json: JSON?, _ key: String) -> Int64 { json?[key]?.integer ?? 0 }

  @Test func `JUnit reports of seventeen tools`() async throws {
    let judged = try await RealSamples.judged("junit", by: "check: tests")
    #expect(judged.count == 17)
    for (name, line, expected) in judged {
      let (rows, examined) = (expected["facts"]?["by_elements"], line["examined"])
      #expect(count(examined, "listed") == count(rows, "testcases"), "\(name)")
      #expect(count(examined, "failures") == count(rows, "failure"), "\(name)")
      #expect(count(examined, "errors") == count(rows, "error"), "\(name)")
      let suiteErrors = count(expected["facts"], "failure_or_error_directly_under_testsuite")
      let isBad = count(rows, "failure") + count(rows, "error") + suiteErrors > 0 || expected["verdict"] != nil
      if isBad {
        #expect(line["status"] == "fail", "\(name): \(line.told)")
      } else {
        #expect(line["status"] == "pass", "\(name): \(line.told)")
        #expect(count(examined, "passed") == count(rows, "passed"), "\(name)")
        #expect(count(examined, "skipped") == count(rows, "skipped"), "\(name)")
      }
    }
  }

  @Test func `LCOV reports of seven tools`() async throws {
    let judged = try await RealSamples.judged("lcov", by: "check: coverage, lines: \">= 0.1%\"")
    #expect(judged.count == 7)
    for (name, line, expected) in judged {
      let (detail, examined) = (expected["facts"]?["from_detail"], line["examined"])
      for key in ["lines", "branches", "functions"] {
        // Two names hold commas, and the expected 25 counts each of them twice; the file itself declares 24.
        let isMiscounted = name == "reportgenerator-docs.info" && key == "functions"
        let share = isMiscounted ? expected["facts"]?["declared"]?[key] : detail?[key]
        #expect(
          examined?[key == "lines" ? "covered" : key + "-covered"]?.integer == share?[0]?.integer, "\(name) \(key)")
        #expect(examined?[key]?.integer == share?[1]?.integer, "\(name) \(key)")
      }
      #expect(examined?["files"]?.integer == expected["facts"]?["distinct_files"]?.integer, "\(name)")
      #expect(line["status"] == "pass", "\(name): \(line.told)")
    }
  }

  @Test func `Cobertura reports of nine tools`() async throws {
    let judged = try await RealSamples.judged("cobertura", by: "check: coverage, lines: \">= 0.1%\"")
    #expect(judged.count == 9)
    for (name, line, expected) in judged {
      let (facts, examined) = (expected["facts"], line["examined"])
      // Where classes have no lines of their own, those of their methods count.
      let own = facts?["class_lines_dedup_by_file_and_line"]
      let lines = own?[1]?.integer == 0 ? facts?["all_line_elements_incl_methods_dedup"] : own
      #expect(examined?["covered"]?.integer == lines?[0]?.integer, "\(name)")
      #expect(examined?["lines"]?.integer == lines?[1]?.integer, "\(name)")
      #expect(examined?["branches-covered"]?.integer == facts?["conditions"]?[0]?.integer, "\(name)")
      #expect(examined?["branches"]?.integer == facts?["conditions"]?[1]?.integer, "\(name)")
      #expect(examined?["files"]?.integer == facts?["distinct_files"]?.integer, "\(name)")
      #expect(line["status"] == "pass", "\(name): \(line.told)")
    }
  }

  @Test func `SARIF logs of twelve tools`() async throws {
    let judged = try await RealSamples.judged("sarif", by: "check: findings, limits: { any: \"<= 1000\" }")
    #expect(judged.count == 12)
    for (name, line, expected) in judged {
      let examined = line["examined"]
      guard let runs = expected["facts"]?["runs"]?.array, !runs.isEmpty else {
        #expect(line["status"] == "inconclusive", "\(name): nothing was analysed")
        #expect(count(examined, "runs") == 0, "\(name)")
        continue
      }
      func sum(_ key: String, _ inner: String) -> Int64 { runs.reduce(0) { $0 + count($1[key], inner) } }
      #expect(count(examined, "runs") == Int64(runs.count), "\(name)")
      #expect(count(examined, "results") == runs.reduce(0) { $0 + count($1, "results") }, "\(name)")
      for level in ["error", "warning", "note", "none"] {
        #expect(count(examined, "level-" + level) == sum("effective_level", level), "\(name) \(level)")
      }
      #expect(count(examined, "suppressed") == sum("suppressions", "effective"), "\(name)")
      #expect(count(examined, "absent") == sum("baselineState", "absent"), "\(name)")
      let didNotRun = runs.contains {
        $0["invocation_executionSuccessful"]?.array?.contains(false) == true
          || count($0, "tool_notifications_error") > 0
      }
      #expect(line["status"] == (didNotRun ? "inconclusive" : "pass"), "\(name): \(line.told)")
    }
  }

  @Test(arguments: ["trivy", "grype", "npm-audit", "osv-scanner", "pip-audit", "snyk", "dependabot"])
  func `reports of dependency scanners`(format: String) async throws {
    // An error object, a list of nothing, dependencies that were skipped, a project without any: none of them looked.
    let open: Set = [
      "error-object.json", "results-empty.json", "all-skipped.json", "new-many.json", "old-many.json", "new-none.json",
      "none.json",
    ]
    let judged = try await RealSamples.judged(format, by: "check: findings, limits: { any: \"<= 1000\" }")
    #expect(judged.count == (try RealSamples.expected(format).count))
    for (name, line, _) in judged {
      #expect(line["status"]?.string == (open.contains(name) ? "inconclusive" : "pass"), "\(name): \(line.told)")
    }
  }
}
