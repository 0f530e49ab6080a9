import Core
import Evidence
import Testing

/// The licences of real bills of materials are those that were worked out for each by other means.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedLicencesTests {
  private func facts(_ path: String) throws -> LicenceFacts {
    guard case .licences(let facts) = try EvidenceReader.read(SharedSamples.path(path), shown: path).facts else {
      throw Unexpected()
    }
    return facts
  }

  private func counts(_ json: JSON?) -> [String: Int] {
    Dictionary((json?.members ?? []).map { ($0.key, Int($0.value.integer ?? 0)) }) { $1 }
  }

  @Test func `CycloneDX documents give the expected components and licences`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("cyclonedx") {
      let expected = entry["facts"]
      // What Trivy reports of a bill of materials is a report of Trivy.
      if expected?["not_cyclonedx"]?.bool == true { continue }
      let facts = try facts("cyclonedx/" + name)
      compared += 1
      if expected?["kind"] == "xml" {
        // Two of the five, and both of the licences, are of the tools that made the document.
        #expect(expected?["components_incl_nested_and_metadata"] == 5 && facts.components == 3, "\(name)")
        #expect(facts.unlicensed == 3, "\(name)")
        continue
      }
      var stated: [String: [String: Int]] = [:]
      for (term, count) in facts.terms {
        switch term {
        case .id(let text): stated["license_ids", default: [:]][text] = count
        // The expected names are cut.
        case .name(let text): stated["license_names", default: [:]][String(text.prefix(60))] = count
        case .expression(let text): stated["license_expressions", default: [:]][String(text.prefix(60))] = count
        case .unreadable: Issue.record("\(name): a licence cannot be read")
        }
      }
      #expect(facts.components == Int(expected?["components_flat"]?.integer ?? -1), "\(name)")
      #expect(facts.unlicensed == Int(expected?["without_licence"]?.integer ?? -1), "\(name)")
      for kind in ["license_ids", "license_names", "license_expressions"] {
        #expect(stated[kind] ?? [:] == counts(expected?[kind]), "\(name) \(kind)")
      }
    }
    #expect(compared == 7)
  }

  @Test func `SPDX documents give the expected packages and licences`() throws {
    let stated: [String: [String: Int]] = [
      "hello-source-2.3.json": ["MIT": 1], "example1-2.2.spdx": ["GPL-3.0-or-later": 1],
      "examplemaven-2.3.json": ["NOASSERTION": 4, "CPL-1.0": 1, "Apache-2.0": 1],
      "trivy-conda.json": ["OpenSSL": 1, "MIT": 1], "example13-3.0.json": [:],
    ]
    var compared = 0
    for (name, entry) in try SharedSamples.files("spdx") {
      let facts = try facts("spdx/" + name)
      let packages = entry["facts"]?["packages"] ?? entry["facts"]?["types"]?["software_Package"]
      #expect(facts.components + facts.subjects == Int(packages?.integer ?? -1), "\(name)")
      let counts = Dictionary(facts.terms.map { ($0.key.text, $0.value) }) { $0 + $1 }
      #expect(counts == stated[name], "\(name)")
      compared += 1
    }
    #expect(compared == 5)
  }
}
