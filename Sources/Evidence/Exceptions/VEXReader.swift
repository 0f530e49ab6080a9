import Core
import JSONText

/// Reads a VEX document: OpenVEX 0.0.1 to 0.2, CycloneDX 1.4 to 1.7 as JSON, CSAF 2.0 of the category `csaf_vex`.
///
/// Such a document is no evidence: it is people's word that lets findings off, and is bound and judged in its own way
/// (docs/guides/exceptions.md).
package enum VEXReader {
  /// In bytes.
  package static let largest = 32 << 20
  static let mostStatements = 50_000
  static let mostProducts = 200_000

  /// Reads a file of this machine.
  package static func read(_ path: String, shown: String? = nil) throws(EvidenceFault) -> VEXDocument {
    let name = shown ?? path
    let file = try EvidenceFile.opening(path, shown: name)
    var bytes: [UInt8] = []
    do throws(ReadingFault) {
      try file.forEachPiece { (piece) throws(ReadingFault) in
        bytes.append(contentsOf: piece)
        if bytes.count > largest { throw ReadingFault(why: "is larger than 32 MB") }
      }
    } catch {
      throw fault(error, name)
    }
    return try read(bytes, shown: name)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameter shown: how messages name the file.
  package static func read(_ bytes: [UInt8], shown: String) throws(EvidenceFault) -> VEXDocument {
    do throws(ReadingFault) {
      guard bytes.count <= largest else { throw ReadingFault(why: "is larger than 32 MB") }
      guard bytes.contains(where: { !JSONDocumentReader.isBlank($0) }) else {
        throw ReadingFault(kind: .empty, why: bytes.isEmpty ? "is empty" : "holds nothing but blanks")
      }
      if bytes.starts(with: "version https://git-lfs".utf8) {
        throw ReadingFault(kind: .unrecognised, line: 1, column: 1, why: "is a pointer of Git LFS, not the file itself")
      }
      let json: JSON
      do throws(JSONSyntaxError) {
        json = try JSON(parsing: bytes)
      } catch {
        throw ReadingFault(line: error.line, column: error.column, why: "is no readable JSON: \(error.message)")
      }
      return try document(json)
    } catch {
      throw fault(error, shown)
    }
  }

  private static func document(_ json: JSON) throws(ReadingFault) -> VEXDocument {
    let candidates: [(VEXDocument.Format, Bool)] = [
      (.openvex, OpenVEX.recognises(json)), (.cyclonedx, json["bomFormat"]?.string == "CycloneDX"),
      (.csaf, json["document"]?["csaf_version"] != nil),
    ]
    let found = candidates.filter(\.1).map(\.0)
    guard let format = found.first, found.count == 1 else {
      throw ReadingFault(
        kind: .unrecognised,
        why: found.isEmpty
          ? "is JSON and no VEX document we know (OpenVEX, CycloneDX, CSAF)" : "looks like several kinds of VEX at once"
      )
    }
    let document =
      switch format {
      case .openvex: try OpenVEX.document(json)
      case .cyclonedx: try CycloneDXVEX.document(json)
      case .csaf: try CSAF.document(json)
      }
    guard document.statements.count <= mostStatements,
      document.statements.reduce(0, { $0 + $1.products.count }) <= mostProducts
    else { throw ReadingFault(why: "holds more statements than can be weighed") }
    return document
  }

  private static func fault(_ fault: ReadingFault, _ name: String) -> EvidenceFault {
    EvidenceFault(
      fault.kind, path: name, line: fault.line, column: fault.column, why: fault.why,
      remedy: "correct the document, or take it out of `exceptions`")
  }

  // MARK: - What the formats share

  static func bounded(_ text: String?) -> String? {
    text.flatMap { $0.isEmpty ? nil : DisplayText.bounded($0, to: Finding.longestText) }
  }

  /// A time that is there and cannot be read refuses the document: which statement is later must be known.
  static func time(_ value: JSON?, _ what: String) throws(ReadingFault) -> Timestamp? {
    guard let value, !value.isNull, value.string != "" else { return nil }
    guard let time = value.string.flatMap({ Timestamp($0) }) else {
      throw ReadingFault(why: "has \(what) whose time cannot be read")
    }
    return time
  }

  static func digest(_ algorithm: String, _ digits: String) -> VEXProduct.Identifier? {
    let name = algorithm.lowercased().filter { $0 != "-" && $0 != "_" }
    guard (32...128).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isHexadecimalDigit), name.utf8.count <= 20
    else { return nil }
    return .digest(DisplayText.bounded(name, to: 20), digits.lowercased())
  }

  static func hasText(_ value: JSON?) -> Bool {
    value?.string?.contains { !$0.isWhitespace } ?? false
  }
}
