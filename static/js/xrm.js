// Xrm.WebApi for scripts on staff pages: enough of Dynamics' client API that scripts written for it run here unchanged
// (tests/browser/test_documented_scripts.py). It speaks to this app's Web API as whoever is signed in; what they may do is decided there.
const ROOT = "/api/data/v9.2/";
const ACTION = 0;
const FUNCTION = 1;
const SETS = { appnotification: "appnotifications", systemuser: "systemusers" };
const ANNOTATED = 'odata.include-annotations="*"'; // choices and dates in words, too
const SIMPLE = 1; // structuralProperty of Edm types; 5 is a row or an open type

function refusal(errorCode, message, status) {
  return { errorCode, code: errorCode, message, status: status || 0 };
}

function wrong(message) {
  return Promise.reject(refusal(0x80040203, message));
}

function token() {
  // The bell's own; without a bell, that of any other form, or the cookie.
  const field = document.querySelector("[data-bell-token] [name=csrfmiddlewaretoken], [name=csrfmiddlewaretoken]");
  const cookie = /(?:^|;\s*)(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie);
  return field ? field.value : cookie ? decodeURIComponent(cookie[1]) : "";
}

async function call(method, path, body, more) {
  const headers = {
    "Accept": "application/json",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
    "X-CSRFToken": token(),
    ...more,
  };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json; charset=utf-8";
    body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, { method, headers, body, cache: "no-store", credentials: "same-origin" });
  } catch (error) {
    throw refusal(0, error.message);
  }
  if (!response.ok) {
    throw await refused(response);
  }
  return response;
}

async function refused(response) {
  try {
    const error = (await response.json()).error;
    return refusal(Number(error.code) || 0, error.message, response.status);
  } catch {
    return refusal(0, (response.status + " " + response.statusText).trim(), response.status);
  }
}

// --- Names and keys -----------------------------------------------------------------------------------------------
function setOf(logicalName) {
  // Dataverse's usual plural for other tables; the Web API says which it does not have.
  const name = String(logicalName);
  return ROOT + (Object.hasOwn(SETS, name) ? SETS[name] : encodeURIComponent(name) + "s");
}

function rowOf(logicalName, id) {
  return setOf(logicalName) + "(" + encodeURIComponent(String(id).replace(/[{}]/g, "")) + ")";
}

function query(options) {
  const text = options ? String(options) : "";
  return text && !text.startsWith("?") ? "?" + text : text;
}

// --- Xrm.WebApi ---------------------------------------------------------------------------------------------------
function parametersOf(request, types) {
  const found = {};
  for (const [name, type] of Object.entries(types || {})) {
    const value = request[name];
    if (value !== undefined) {
      found[name] = type.structuralProperty === SIMPLE ? value : rowAsParameter(value);
    }
  }
  return found;
}

function rowAsParameter(value) {
  // A reference as Xrm's scripts write one ({entityType, id}), as the Web API reads one.
  if (!value || typeof value !== "object" || !value.entityType || !value.id) {
    return value;
  }
  const key = String(value.id).replace(/[{}]/g, "");
  return { "@odata.type": "Microsoft.Dynamics.CRM." + value.entityType, [value.entityType + "id"]: key };
}

function execute(request) {
  if (!request || typeof request.getMetadata !== "function") {
    return wrong("The request takes a function getMetadata.");
  }
  const about = request.getMetadata() || {};
  if (!/^\w+$/.test(about.operationName || "")) {
    return wrong("getMetadata takes an operationName.");
  }
  if (about.boundParameter) {
    return wrong("This app has no operations that are bound to a row: boundParameter takes null.");
  }
  const parameters = parametersOf(request, about.parameterTypes);
  if (about.operationType === ACTION) {
    return call("POST", ROOT + about.operationName, parameters);
  }
  if (about.operationType !== FUNCTION) {
    return wrong("operationType allows 0 (action) and 1 (function).");
  }
  const names = Object.keys(parameters);
  const values = names.map((name) => {
    return "@" + name + "=" + encodeURIComponent(JSON.stringify(parameters[name]));
  });
  const inner = names.map((name) => { return name + "=@" + name; }).join(",");
  return call("GET", ROOT + about.operationName + "(" + inner + ")" + query(values.join("&")));
}

async function createRecord(logicalName, data) {
  const response = await call("POST", setOf(logicalName), data);
  const address = response.headers.get("OData-EntityId") || "";
  return { entityType: logicalName, id: address.slice(address.lastIndexOf("(") + 1, address.lastIndexOf(")")) };
}

async function retrieveRecord(logicalName, id, options) {
  const response = await call("GET", rowOf(logicalName, id) + query(options), undefined, { Prefer: ANNOTATED });
  return response.json();
}

async function retrieveMultipleRecords(logicalName, options, maxPageSize) {
  const prefer = ANNOTATED + (maxPageSize ? ",odata.maxpagesize=" + Number(maxPageSize) : "");
  const response = await call("GET", setOf(logicalName) + query(options), undefined, { Prefer: prefer });
  const answer = await response.json();
  const found = { entities: answer.value };
  if (answer["@odata.nextLink"]) {
    found.nextLink = answer["@odata.nextLink"];
  }
  return found;
}

async function updateRecord(logicalName, id, data) {
  await call("PATCH", rowOf(logicalName, id), data, { "If-Match": "*" }); // do not make a deleted row again
  return { entityType: logicalName, id };
}

async function deleteRecord(logicalName, id) {
  await call("DELETE", rowOf(logicalName, id));
  return { entityType: logicalName, id };
}

const online = { execute, createRecord, retrieveRecord, retrieveMultipleRecords, updateRecord, deleteRecord };

function getGlobalContext() {
  const bell = document.querySelector("[data-bell]");
  const userId = bell ? "{" + bell.dataset.userId.toUpperCase() + "}" : "";
  return {
    userSettings: { userId },
    getUserId: () => { return userId; },
    getClientUrl: () => { return location.origin; },
  };
}

window.Xrm = { WebApi: { ...online, online }, Utility: { getGlobalContext } };
