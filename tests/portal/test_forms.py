"""The form templates: each field with its label, its hint, and its error beside it."""

import re

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.template import Context, Template


class Sample(forms.Form):
    """One field of each sort."""

    name = forms.CharField(help_text="As on the bill.")
    note = forms.CharField(required=False, widget=forms.Textarea)
    day = forms.ChoiceField(choices=[("1", "Monday"), ("2", "Tuesday")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I agree")
    ref = forms.CharField(widget=forms.HiddenInput, initial="7")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.helper = FormHelper()
        self.helper.add_input(Submit("send", "Send <it>"))

    def clean(self) -> None:
        raise forms.ValidationError("Something <b>together</b> is wrong.")


def html(form: forms.Form, how: str = "{% crispy form %}") -> str:
    return Template("{% load crispy_forms_tags %}" + how).render(Context({"form": form, "csrf_token": "T"}))


def test_a_fresh_form_has_labels_hints_and_a_button() -> None:
    page = html(Sample())
    assert page.count("<form") == page.count("</form>") == 1
    assert 'name="csrfmiddlewaretoken" value="T"' in page
    assert 'for="id_name"' in page
    assert 'id="id_name_helptext"' in page
    assert 'aria-describedby="id_name_helptext"' in page
    assert "(optional)" in page
    assert "<legend" in page
    assert re.search(r'<button type="submit"[^>]*name="send"[^>]*>Send &lt;it&gt;</button>', page)
    assert "field-error" not in page


def test_an_error_stands_beside_its_field_and_is_tied_to_it() -> None:
    page = html(Sample({"name": "", "ref": "7", "note": "kept <typed>"}))
    assert 'id="id_name_error"' in page
    assert 'aria-invalid="true"' in page
    described = re.search(r'<input[^>]*name="name"[^>]*aria-describedby="([^"]+)"', page)
    assert described
    assert set(described[1].split()) == {"id_name_helptext", "id_name_error"}
    assert "kept &lt;typed&gt;" in page
    assert "Something &lt;b&gt;together" in page
    assert 'role="alert"' in page


def test_the_filter_renders_the_fields_alone() -> None:
    page = html(Sample(), "{{ form|crispy }}")
    assert "<form" not in page
    assert page.count('class="field"') == 4
