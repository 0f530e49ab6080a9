import Core
import Evidence

/// VEX documents of our own making.
enum VEXSamples {
  static func openVEX(_ statements: String, version: String = "0.2.0", time: String = "2026-01-02T00:00:00Z") -> String
  {
    #"{"@context":"https://openvex.dev/ns/v\#(version)","@id":"https://clinic.example/vex-1","author":"Ana","#
      + #""timestamp":"\#(time)","version":1,"statements":[\#(statements)]}"#
  }

  static func cycloneDX(
    _ vulnerabilities: String, components: String = "[]", product: Bool = false,
    serial: String = "11111111-2222-3333-4444-555555555555"
  ) -> String {
    #"{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:\#(serial)","#
      + #""version":1,"metadata":{"timestamp":"2026-01-02T00:00:00Z""#
      + (product ? #","component":{"type":"application","bom-ref":"app","name":"clinic","purl":"pkg:npm/clinic"}"# : "")
      + #"},"components":\#(components),"vulnerabilities":[\#(vulnerabilities)]}"#
  }

  static let csafTree =
    #"{"branches":[{"category":"vendor","name":"E","branches":[{"category":"product_version","name":"1","product":"#
    + #"{"name":"lodash 4.17.20","product_id":"P1","product_identification_helper":{"purl":"pkg:npm/lodash@4.17.20"}}},"#
    + #"{"category":"product_version_range","name":"vers:npm/<2","product":{"name":"old","product_id":"P2","#
    + #""product_identification_helper":{"purl":"pkg:npm/old"}}}]}],"full_product_names":[{"name":"clinic","#
    + #""product_id":"APP","product_identification_helper":{"purl":"pkg:npm/clinic"}}],"relationships":[{"category":"#
    + #""default_component_of","product_reference":"P1","relates_to_product_reference":"APP","full_product_name":"#
    + #"{"name":"lodash in clinic","product_id":"APP-P1"}}],"product_groups":[{"group_id":"G","product_ids":["APP-P1"]}]}"#

  static func csaf(
    _ vulnerabilities: String, status: String = "final", category: String = "csaf_vex", version: String = "2.0"
  ) -> String {
    #"{"document":{"category":"\#(category)","csaf_version":"\#(version)","publisher":{"name":"Clinic"},"title":"t","#
      + #""tracking":{"id":"C-1","status":"\#(status)","current_release_date":"2026-01-02T00:00:00Z"}},"#
      + #""product_tree":\#(csafTree),"vulnerabilities":[\#(vulnerabilities)]}"#
  }

  static func read(_ text: String) throws(EvidenceFault) -> VEXDocument {
    try VEXReader.read(Array(text.utf8), shown: "a.vex.json")
  }

  static func finding(
    _ rule: String = "CVE-2026-1", aliases: [String] = [], purl: String? = "pkg:npm/lodash@4.17.20",
    name: String = "lodash", version: String? = "4.17.20", target: String? = nil, severity: Severity? = .critical
  ) -> Finding {
    var finding = Finding(rule: rule, severity: severity, path: "package-lock.json")
    finding.aliases = aliases
    finding.component = Finding.Component(name, version: version, purl: purl)
    finding.target = target
    return finding
  }
}
