// The schedule board. Without scripts it is a table whose visits have a link to a form; this adds moving them by hand.
import { dragging } from "./board/dragging.js";
import { keys } from "./board/keys.js";
import { panel } from "./board/panel.js";
import { refreshing } from "./board/refreshing.js";
import { Board } from "./board/moving.js";

const page = document.querySelector("[data-board-page]");
if (page) {
  const board = new Board(page);
  refreshing(board);
  panel(board);
  keys(board);
  if (board.mayMove) dragging(board);
  page.classList.add("board-live");
  performance.mark("board-ready");
}
