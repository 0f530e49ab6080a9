/// The parts of a Trivy report that matter to a gate. What a secret looks like, and where in the text it stands, stream past.
///
/// Source: github.com/aquasecurity/trivy, `pkg/types/report.go`, `pkg/k8s/report/report.go`.
enum TrivyShape {
  /// A report of schema 2 or of a cluster; before 0.20 a list of results.
  static let document = JSONShape.either(object: report, array: .array(.emit("result", result), atMost: .max))

  private static let report = JSONShape.object([
    "SchemaVersion": .all, "ArtifactName": .all, "ArtifactType": .all, "CreatedAt": .all, "ClusterName": .all,
    "Trivy": .object(["Version": .all]),
    "Metadata": .object(["OS": .object(["EOSL": .all]), "Commit": .all]),
    "Results": .array(.emit("result", result), atMost: .max),
    "Resources": .array(.emit("resource", resource), atMost: .max),
    "Findings": .array(.emit("resource", resource), atMost: .max),
    // Of a cluster, before version 0.30.
    "Vulnerabilities": .array(.emit("resource", resource), atMost: .max),
    "Misconfigurations": .array(.emit("resource", resource), atMost: .max),
  ])

  private static let resource = JSONShape.object([
    "Namespace": .all, "Kind": .all, "Name": .all, "Error": .all,
    "Results": .array(.emit("result of a resource", result), atMost: .max),
  ])

  private static let result = JSONShape.object([
    "Target": .all, "Class": .all, "Type": .all,
    "Packages": .array(.emit("package", .object([:])), atMost: .max),
    "MisconfSummary": .object(["Failures": .all]),
    "Vulnerabilities": .array(.emit("vulnerability", vulnerability), atMost: .max),
    "Misconfigurations": .array(.emit("misconfiguration", misconfiguration), atMost: .max),
    "Secrets": .array(
      .emit("secret", .object(["RuleID": .all, "Severity": .all, "StartLine": .all])), atMost: .max),
    "Licenses": .array(
      .emit("license", .object(["Name": .all, "Severity": .all, "PkgName": .all, "FilePath": .all])), atMost: .max),
    "ExperimentalModifiedFindings": .array(
      .emit("modified", .object(["Type": .all, "Status": .all, "Finding": vulnerability])), atMost: .max),
  ])

  private static let vulnerability = JSONShape.object([
    "VulnerabilityID": .all, "VendorIDs": .all, "PkgID": .all, "PkgName": .all, "PkgPath": .all,
    "PkgIdentifier": .object(["PURL": .all]), "InstalledVersion": .all, "FixedVersion": .all, "Status": .all,
    "Severity": .all, "CVSS": .map(.object(["V3Score": .all, "V40Score": .all])),
  ])

  private static let misconfiguration = JSONShape.object([
    "ID": .all, "AVDID": .all, "Severity": .all, "Status": .all,
    "CauseMetadata": .object(["StartLine": .all]),
  ])
}
