import Core
import HTTP

/// What Vercel says of how a deployment ended, or of why it does not go on; of its texts one line, shortened.
package struct DeploymentWords: Hashable, Sendable {
  package var errorCode: String?
  package var errorMessage: String?
  package var errorStep: String?
  /// `readyStateReason`.
  package var stateReason: String?
  /// Why nobody may build for the author of the commit: `COMMIT_AUTHOR_REQUIRED`, `TEAM_ACCESS_REQUIRED`.
  package var seatBlock: String?
  /// The project's ignored build step said that nothing is to be built.
  package var buildSkipped = false
  package var isPrebuilt = false
  package var outOfMemory = false
  /// It waits for one of the builds that the team may have at a time.
  package var waitsForTurn = false

  package init() {}

  init(json: JSON) {
    errorCode = json["errorCode"]?.string?.asPlainName
    errorMessage = json["errorMessage"]?.string.map { QuotedLine.of($0) }
    errorStep = json["errorStep"]?.string?.asPlainName
    stateReason = json["readyStateReason"]?.string.map { QuotedLine.of($0) }
    seatBlock = json["seatBlock"]?["blockCode"]?.string.map { $0.asPlainName ?? "without a code" }
    buildSkipped = json["buildSkipped"]?.bool == true
    isPrebuilt = json["prebuilt"]?.bool == true
    outOfMemory = json["oomReport"]?.string != nil
    waitsForTurn = json["isInConcurrentBuildsQueue"]?.bool == true || json["isInSystemBuildsQueue"]?.bool == true
  }

  /// All of it, without a full stop; empty when nothing is said.
  var line: String {
    let parts = [
      errorCode, errorMessage, errorStep.map { "in the step \($0)" },
      stateReason == errorMessage ? nil : stateReason, seatBlock, outOfMemory ? "it ran out of memory" : nil,
    ]
    return parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ", ")
  }
}
