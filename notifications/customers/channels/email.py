class EmailChannel: name="smtp"
