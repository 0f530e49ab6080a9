import Core
import JSONText

/// Reads what a store gave back; what is no JSON there was not written by us, or was damaged.
func parsed(_ text: String, _ what: String, place: String) throws(StoreProblem) -> JSON {
  do throws(JSONSyntaxError) {
    return try JSON(parsing: text)
  } catch {
    throw .corrupt(place: place, why: "\(what) is not JSON (line \(error.line), column \(error.column))")
  }
}

/// The records of a journal, which must follow each other without a gap.
func journal(
  _ rows: [(sequence: Int64, text: String)], of run: RunID, place: String
) throws(StoreProblem) -> [JSON] {
  var records: [JSON] = []
  for (index, row) in rows.enumerated() {
    guard row.sequence - rows[0].sequence == Int64(index) else {
      throw .corrupt(place: place, why: "a record of run \(run) before number \(row.sequence) is missing")
    }
    records.append(try parsed(row.text, "record \(row.sequence) of run \(run)", place: place))
  }
  return records
}
