/// The parts of a SARIF 2.1.0 log that matter to a gate. Messages, code flows, snippets and help texts stream past.
///
/// Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
enum SARIFShape {
  static let log = JSONShape.object([
    "version": .all,
    "runs": .array(.emit("run", run), atMost: .max),
  ])

  private static let component = JSONShape.object([
    "name": .all, "version": .all, "semanticVersion": .all, "guid": .all,
    "rules": .array(
      .object([
        "id": .all, "guid": .all,
        "defaultConfiguration": .object(["level": .all]),
        "properties": .object(["security-severity": .all, "tags": .array(.all, atMost: 50)]),
        "deprecatedIds": .array(.all, atMost: 50),
      ]), atMost: .max),
  ])

  private static let componentReference = JSONShape.object(["index": .all, "guid": .all, "name": .all])
  private static let ruleReference = JSONShape.object([
    "id": .all, "index": .all, "guid": .all, "toolComponent": componentReference,
  ])
  private static let notifications = JSONShape.array(.object(["level": .all]), atMost: .max)

  private static let run = JSONShape.object([
    "tool": .object(["driver": component, "extensions": .array(component, atMost: .max)]),
    "results": .array(.emit("result", result), atMost: .max),
    "externalPropertyFileReferences": .object([
      "results": .array(.object([:]), atMost: 10), "rules": .array(.object([:]), atMost: 10),
      "driver": .object([:]),
    ]),
    "invocations": .array(
      .object([
        "executionSuccessful": .all, "startTimeUtc": .all, "endTimeUtc": .all, "exitSignalName": .all,
        "exitSignalNumber": .all, "processStartFailureMessage": .all,
        "toolExecutionNotifications": notifications, "toolConfigurationNotifications": notifications,
        "ruleConfigurationOverrides": .array(
          .object(["descriptor": ruleReference, "configuration": .object(["level": .all])]), atMost: .max),
      ]), atMost: .max),
    "properties": .object(["imageName": .all]),
    "versionControlProvenance": .array(.object(["revisionId": .all]), atMost: 100),
  ])

  private static let result = JSONShape.object([
    "ruleId": .all, "ruleIndex": .all, "rule": ruleReference, "level": .all, "kind": .all, "baselineState": .all,
    "fingerprints": .all, "partialFingerprints": .all, "fixes": .array(.object([:]), atMost: 1),
    "suppressions": .array(.object(["status": .all, "state": .all]), atMost: .max),
    "locations": .array(
      .object([
        "physicalLocation": .object([
          "artifactLocation": .object(["uri": .all]), "region": .object(["startLine": .all]),
        ])
      ]), atMost: 1),
  ])
}
