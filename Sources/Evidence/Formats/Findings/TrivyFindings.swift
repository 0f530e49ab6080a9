import Core

/// One row of a Trivy report as a finding, without its target, which the report names after it or around it.
struct TrivyRow {
  var finding: Finding
  /// What makes it the same finding within one target; `nil` when each row stands for itself.
  var identity: [String?]?

  static func vulnerability(_ json: JSON) -> TrivyRow {
    let scores = (json["CVSS"]?.members ?? []).flatMap { [$0.value["V40Score"]?.score, $0.value["V3Score"]?.score] }
    var finding = row(json, rule: json["VulnerabilityID"]?.shown ?? Advisory.unnamed, scores: scores)
    finding.setAliases(json["VendorIDs"]?.shownList ?? [])
    finding.path = json["PkgPath"]?.shown
    finding.fix = fix(of: json)
    if let name = json["PkgName"]?.shown {
      finding.component = Finding.Component(
        name, version: json["InstalledVersion"]?.shown, purl: json["PkgIdentifier"]?["PURL"]?.shown)
    }
    let package = json["PkgID"]?.shown
    return TrivyRow(
      finding: finding,
      identity: [
        finding.rule, package, finding.component?.name, finding.component?.version, finding.path,
      ])
  }

  static func misconfiguration(_ json: JSON) -> TrivyRow {
    var finding = row(json, rule: json["ID"]?.shown ?? json["AVDID"]?.shown ?? "an unnamed check")
    finding.setAliases([json["AVDID"]?.shown])
    finding.line = json["CauseMetadata"]?["StartLine"]?.line
    return TrivyRow(finding: finding)
  }

  static func secret(_ json: JSON) -> TrivyRow {
    var finding = row(json, rule: json["RuleID"]?.shown ?? "an unnamed kind of secret")
    finding.line = json["StartLine"]?.line
    return TrivyRow(finding: finding)
  }

  static func license(_ json: JSON) -> TrivyRow {
    var finding = row(json, rule: json["Name"]?.shown ?? "an unnamed licence")
    finding.path = json["FilePath"]?.shown
    finding.component = json["PkgName"]?.shown.map { Finding.Component($0) }
    return TrivyRow(finding: finding)
  }

  private static func row(_ json: JSON, rule: String, scores: [Double?] = []) -> Finding {
    Finding(rule: rule, word: json["Severity"]?.shown, scores: scores)
  }

  private static func fix(of json: JSON) -> Finding.Fix {
    if json["FixedVersion"]?.shown != nil { return .available }
    switch json["Status"]?.string {
    case "fixed": return .available
    case "affected", "will_not_fix", "end_of_life", "fix_deferred", "under_investigation": return .none
    default: return .unknown
    }
  }
}
