"""The Web API, shaped like Dataverse's: OData 4.0 under /api/data/v9.0 to v9.2."""
