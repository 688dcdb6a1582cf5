from django import forms


class VoteForm(forms.Form):
    """The choices of one question, of which one has to be taken."""

    choice = forms.ModelChoiceField(queryset=None, widget=forms.RadioSelect, empty_label=None)

    def __init__(self, *args, question, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["choice"].queryset = question.choices.all()
        self.fields["choice"].label = question.text
        self.fields["choice"].error_messages = {
            "required": "Choose one of the answers.",
            "invalid_choice": "That is not one of the answers.",
        }
